import { okAsync } from 'neverthrow';
import { opened } from './connections/store.js';
import type { StorageDeps } from './deps.js';
import type { StoreOf } from './reap-uploads.js';

/** The store that an upload was begun in, opened as its owner would. */
export const storeOf =
  (deps: StorageDeps): StoreOf =>
  (owner) =>
    owner.kind === 'managed'
      ? okAsync(deps.managedUploads)
      : opened(deps, owner.accountId, owner.connectionId).map(({ store }) => store);
