import type { PublicFileSystem, PublicFileSystems } from '../../../ports/fleet/public-file-systems.js';
import type { MemoryStore } from '../kit/store.js';

const TABLE = 'public_file_systems';
const MOST = 1_000;

/** The published file systems of this deployment. */
export const memoryPublicFileSystems = (store: MemoryStore): PublicFileSystems => ({
  list: () =>
    store
      .read<PublicFileSystem>(TABLE)
      .all()
      .map((rows) =>
        [...rows].sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1)).slice(0, MOST),
      ),
  publish: (entry) => store.run((tx) => tx.table<PublicFileSystem>(TABLE).put(entry.id, entry)),
});
