import type { AccountKeys } from '../../ports/shared/account-keys.js';
import type { Checksums } from '../../ports/shared/checksums.js';
import type { Clock } from '../../ports/shared/clock.js';
import type { Crc32 } from '../../ports/shared/crc32.js';
import type { Ids } from '../../ports/shared/ids.js';
import type { Pause } from '../../ports/shared/pause.js';
import type { Random } from '../../ports/shared/random.js';
import type { Sealer } from '../../ports/shared/sealer.js';
import type { Endpoints } from '../../ports/storage/endpoints.js';
import type { ForeignStore, ForeignStores } from '../../ports/storage/foreign-stores.js';
import type { LinkTokens } from '../../ports/storage/links.js';
import type { StorageCounts, StorageMeter } from '../../ports/storage/meter.js';
import type { MultipartUploads } from '../../ports/storage/multipart.js';
import type { ObjectStore } from '../../ports/storage/object-store.js';
import type { OpenUploads, UploadJournals } from '../../ports/storage/open-uploads.js';
import type { StorageReaders, StorageUnitOfWork } from '../../ports/storage/unit-of-work.js';
import type { Metering } from './metering/metering.js';
import type { GatewayReach, Reach } from './reach.js';

export type StorageSettings = {
  readonly maxObjectBytes: number;
  /** Regions in which a managed bucket can be made now; the first is the default. */
  readonly regions: readonly string[];
  /** Whether a customer's store may be spoken to without TLS: networks of the operator's own are in reach. */
  readonly plainHttp: boolean;
  /** How long createBucket waits for the store before it answers `pending`, in milliseconds. */
  readonly createDeadline: number;
  readonly reach: Reach;
  readonly gatewayReach: GatewayReach;
  /** What the token of a presigned link is appended to. */
  readonly linkBase: string;
};

/** What the use cases of storage ask of the world. */
export type StorageDeps = {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
  readonly crc32: Crc32;
  readonly checksums: Checksums;
  readonly pause: Pause;
  readonly sealer: Sealer;
  readonly accountKeys: AccountKeys;
  readonly storage: StorageUnitOfWork;
  readonly readers: StorageReaders;
  readonly objects: ObjectStore;
  /** Of the store that managed buckets live in; undefined where that store speaks S3 itself. */
  readonly uploads: MultipartUploads | undefined;
  readonly foreignStores: ForeignStores;
  readonly journals: UploadJournals;
  readonly openUploads: OpenUploads;
  /** Uploads that managed buckets hold open in a store of somebody else's. */
  readonly managedUploads: Pick<ForeignStore, 'abortUpload'>;
  readonly meter: StorageMeter;
  readonly counts: StorageCounts;
  /** Of this process. */
  readonly metering: Metering;
  readonly endpoints: Endpoints;
  readonly linkTokens: LinkTokens;
  readonly settings: StorageSettings;
};
