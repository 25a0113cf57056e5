import type { ResultAsync } from 'neverthrow';
import type { AccountId } from '../../domain/shared/ids.js';
import type { Page, PageRequest } from '../../domain/shared/page.js';
import type { Resource } from '../../domain/shared/principal.js';
import type { Bucket } from '../../domain/storage/bucket.js';
import type { Connection } from '../../domain/storage/connection.js';
import type { NotFound, StaleVersion, Unavailable } from '../shared/failure.js';
import type { DataKey, Sealed } from '../shared/sealer.js';
import type { SharedTx } from '../shared/shared-tx.js';
import type { UnitOfWork } from '../shared/unit-of-work.js';
import type { LinkEpochs, LinkStanding } from './links.js';

export type BucketNameTaken = { readonly kind: 'bucket_name_taken' };

/** A file system shows the bucket. */
export type BucketMounted = { readonly kind: 'bucket_mounted' };

/** Every call is scoped by account; tombstones are never found. */
export type Buckets = {
  readonly get: (account: AccountId, id: string) => ResultAsync<Bucket, NotFound | Unavailable>;
  readonly add: (bucket: Bucket, secret: Sealed) => ResultAsync<void, BucketNameTaken | Unavailable>;
  /** Every step but the one to `deleting`, which is taken by `retire`. */
  readonly save: (bucket: Bucket) => ResultAsync<Bucket, StaleVersion | Unavailable>;
  /** The step to `deleting`, while no file system shows it; from then on none can begin to. */
  readonly retire: (bucket: Bucket) => ResultAsync<Bucket, StaleVersion | BucketMounted | Unavailable>;
};

/** A file system works through the connection. */
export type ConnectionMounted = { readonly kind: 'connection_mounted' };

/** Every call is scoped by account. */
export type Connections = {
  readonly get: (account: AccountId, id: string) => ResultAsync<Connection, NotFound | Unavailable>;
  readonly add: (connection: Connection, secret: Sealed) => ResultAsync<void, Unavailable>;
  /** Status and time; where a connection leads never changes. */
  readonly save: (connection: Connection) => ResultAsync<Connection, StaleVersion | Unavailable>;
  /** The row goes, and its credentials with it. */
  readonly remove: (
    connection: Connection,
  ) => ResultAsync<void, StaleVersion | ConnectionMounted | Unavailable>;
};

export type StorageTx = SharedTx & {
  readonly buckets: Buckets;
  readonly connections: Connections;
  readonly linkEpochs: LinkEpochs;
};
export type StorageUnitOfWork = UnitOfWork<StorageTx>;

/** A connection, and what it takes to open its secret. */
export type ConnectionWithKey = {
  readonly connection: Connection;
  readonly secret: Sealed;
  readonly dataKey: DataKey;
};

/** Reads outside units; the secret comes sealed and only where a use case asks for it. */
export type StorageReaders = {
  readonly bucket: (
    account: AccountId,
    id: string,
  ) => ResultAsync<{ readonly bucket: Bucket; readonly secret: Sealed }, NotFound | Unavailable>;
  /** By the key that clients of S3 show; of any account that is there, tombstones excepted. */
  readonly bucketByAccessKey: (
    accessKeyId: string,
  ) => ResultAsync<{ readonly bucket: Bucket; readonly secret: Sealed }, NotFound | Unavailable>;
  /** The bucket that was seen when its account's member was let in; a resource is of nothing else. */
  readonly bucketIn: (resource: Resource | undefined) => Bucket | undefined;
  readonly bucketsOf: (
    account: AccountId,
    page: PageRequest<string>,
  ) => ResultAsync<Page<Bucket, string>, Unavailable>;
  readonly connection: (
    account: AccountId,
    id: string,
  ) => ResultAsync<{ readonly connection: Connection; readonly secret: Sealed }, NotFound | Unavailable>;
  /** With the key of its account, which its secret opens with; not found when either is gone. */
  readonly connectionWithKey: (
    account: AccountId,
    id: string,
  ) => ResultAsync<ConnectionWithKey, NotFound | Unavailable>;
  readonly connectionsOf: (
    account: AccountId,
    page: PageRequest<string>,
  ) => ResultAsync<Page<Connection, string>, Unavailable>;
  /** The epoch that a link must carry; undefined where no link holds, or not this signer's. */
  readonly linkStanding: LinkStanding;
};
