import type { Provider } from '../../ports/fleet/providers.js';
import { rcloneControl } from './control.js';
import { rcloneInstances } from './instances.js';
import { openKeeper } from './keeper.js';
import type { RcloneOptions } from './options.js';
import { preloading } from './preload.js';
import { supervise } from './supervisor.js';

/** To be closed in the end: its processes live on and are found again, only the watch over them ends. */
export type RcloneProvider = Provider & { readonly close: () => Promise<void> };

/** Gateways as processes of rclone on this host, one for each export, serving WebDAV. */
export const rcloneProvider = (options: RcloneOptions): RcloneProvider => {
  const opened = openKeeper(options);
  // Whoever calls is told; nobody may ever call.
  opened.catch(() => undefined);
  const preloads = preloading();
  const endWatch = options.watch === false ? async () => undefined : supervise(opened);
  return {
    name: 'local',
    hostId: options.hostId,
    instances: rcloneInstances(opened),
    control: rcloneControl(opened, preloads),
    close: async () => {
      await endWatch();
      await preloads.close();
      await opened.then(
        ({ door }) => door.close(),
        () => undefined,
      );
    },
  };
};
