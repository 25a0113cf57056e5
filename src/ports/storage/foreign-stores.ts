import type { ResultAsync } from 'neverthrow';
import type { ObjectKey } from '../../domain/storage/object-key.js';
import type { Unavailable } from '../shared/failure.js';
import type { Denied, ObjectStore } from './object-store.js';

/**
 * Where a store is and how one gets in. The secrets lie open here, for the moment of use only. There is always
 * an explicit credential: the host's own role is never used.
 */
export type StoreAddress =
  | {
      readonly provider: 'aws' | 's3compat';
      readonly region: string;
      /** Base URL, path style; for aws only where it is not the region's own. */
      readonly endpoint?: string | undefined;
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
    }
  | {
      readonly provider: 'gcp';
      readonly clientEmail: string;
      /** PEM. */
      readonly privateKey: string;
      readonly projectId?: string | undefined;
    };

/** A multipart upload that the store holds open, and bills, until it is completed or aborted. */
export type OpenUpload = { readonly bucket: string; readonly key: ObjectKey; readonly uploadId: string };

/** Where multipart uploads are written down before their first part, so that a dead process leaves none behind. */
export type UploadJournal = {
  readonly begun: (upload: OpenUpload) => ResultAsync<void, Unavailable>;
  readonly ended: (upload: OpenUpload) => ResultAsync<void, Unavailable>;
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
