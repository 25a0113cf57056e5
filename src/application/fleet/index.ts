import type { PublicFileSystem, PublicFileSystems } from '../../ports/fleet/public-file-systems.js';
import type { Clock } from '../../ports/shared/clock.js';
import type { Ids } from '../../ports/shared/ids.js';

export type FleetDeps = {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly publicFileSystems: PublicFileSystems;
};

/** The fleet context: what serves buckets as file systems. */
export const fleet = ({ clock, ids, publicFileSystems }: FleetDeps) => ({
  listPublicFileSystems: publicFileSystems.list,
  publishFileSystem: (entry: Omit<PublicFileSystem, 'id' | 'createdAt'>) =>
    publicFileSystems.publish({ ...entry, id: ids.next(), createdAt: clock.now() }),
});
export type Fleet = ReturnType<typeof fleet>;
