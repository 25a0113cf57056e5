import { okAsync } from 'neverthrow';
import type { Deployment } from '../../../ports/fleet/deployment.js';
import type { MemoryStore } from '../kit/store.js';

const SETTINGS = 'settings';
const NAME = 'deployment_id';

type Setting = { readonly name: string; readonly value: string };

/** Which deployment the store belongs to: the first that asks. */
export const memoryDeployment = (store: MemoryStore, configured: string): Deployment => ({
  configured,
  recorded: () =>
    store.run((tx) => {
      const settings = tx.table<Setting>(SETTINGS);
      return settings
        .get(NAME)
        .andThen((found) =>
          found
            ? okAsync(found.value)
            : settings.put(NAME, { name: NAME, value: configured }).map(() => configured),
        );
    }),
});
