import type { ResultAsync } from 'neverthrow';
import type { ObjectKey } from '../../domain/storage/object-key.js';
import type { Unavailable } from '../shared/failure.js';
import type { StoreAddress } from '../shared/store-address.js';
import type { Denied, ObjectStore } from './object-store.js';

/** A multipart upload that the store holds open, and bills, until it is completed or aborted. */
export type OpenUpload = { readonly bucket: string; readonly key: ObjectKey; readonly uploadId: string };

/** Where multipart uploads are written down before their first part, so that a dead process leaves none behind. */
export type UploadJournal = {
  readonly begun: (upload: OpenUpload) => ResultAsync<void, Unavailable>;
  readonly ended: (upload: OpenUpload) => ResultAsync<void, Unavailable>;
  /** It could not be aborted, and nobody here tries again: it stays on record, for whoever reaps. */
  readonly left: (upload: OpenUpload) => void;
};

/** A store that is not ours. `createBucket` and `deleteBucket` serve managed buckets only. */
export type ForeignStore = ObjectStore & {
  /** Repeatable: an upload that is gone is success. */
  readonly abortUpload: (upload: OpenUpload) => ResultAsync<void, Denied | Unavailable>;
};

/** Opens stores by their address; nothing is sent until the first call. */
export type ForeignStores = {
  readonly open: (address: StoreAddress, journal: UploadJournal) => ForeignStore;
};
