import type { ResultAsync } from 'neverthrow';
import type { FileSystem, Source } from '../../domain/fleet/file-system.js';
import type { Gateway, GatewayProvider } from '../../domain/fleet/gateway.js';
import type { AccountId } from '../../domain/shared/ids.js';
import type { Page, PageRequest } from '../../domain/shared/page.js';
import type { Instant } from '../../domain/shared/time.js';
import type { DomainEvent } from '../shared/events.js';
import type { NotFound, StaleVersion, Unavailable } from '../shared/failure.js';
import type { LeaseLost } from '../shared/jobs.js';
import type { Sealed } from '../shared/sealer.js';
import type { SharedTx } from '../shared/shared-tx.js';
import type { UnitOfWork } from '../shared/unit-of-work.js';

/** Every call is scoped by account; tombstones (phase `deleted`) are never found. */
export type FileSystems = {
  readonly get: (account: AccountId, id: string) => ResultAsync<FileSystem, NotFound | Unavailable>;
  /** `secret`: the password of its WebDAV door, sealed. */
  readonly add: (fileSystem: FileSystem, secret: Sealed) => ResultAsync<void, Unavailable>;
  /** Compare-and-set by version; answers the row with its new version. */
  readonly save: (fileSystem: FileSystem) => ResultAsync<FileSystem, StaleVersion | Unavailable>;
  /** Those attached to the gateway, oldest first. */
  readonly on: (account: AccountId, gatewayId: string) => ResultAsync<readonly FileSystem[], Unavailable>;
};

export type Gateways = {
  readonly get: (account: AccountId, id: string) => ResultAsync<Gateway, NotFound | Unavailable>;
  readonly add: (gateway: Gateway, dueAt: Instant) => ResultAsync<void, Unavailable>;
  readonly save: (gateway: Gateway) => ResultAsync<Gateway, StaleVersion | Unavailable>;
  /** Due at `at` at the latest, and no backoff stands in its way: somebody changed what is wanted of it. */
  readonly wake: (gatewayId: string, at: Instant) => ResultAsync<void, Unavailable>;
  /** Lets nobody but the holder of this epoch go on; stands first in every unit of a reconciler. */
  readonly fence: (gatewayId: string, epoch: number) => ResultAsync<void, LeaseLost | Unavailable>;
};

/** What a file system's running costs, as it was when it began: later prices do not change it. */
export type IntervalStart = {
  readonly fileSystemId: string;
  readonly accountId: AccountId;
  readonly label: string;
  readonly microsPerHour: bigint;
  readonly currency: string;
  /** As observed by the provider. */
  readonly startedAt: Instant;
};

/** Hours that file systems ran. At most one interval of a file system is open. */
export type Intervals = {
  /** Repeatable: one that is open stays as it is. Begins where the last one ended at the earliest: no hour counts twice. */
  readonly open: (start: IntervalStart) => ResultAsync<void, Unavailable>;
  /** Never before it began. Repeatable: none open is success. */
  readonly close: (fileSystemId: string, endedAt: Instant) => ResultAsync<void, Unavailable>;
};

export type SourceGone = { readonly kind: 'source_not_found' };
export type SourceUnusable = { readonly kind: 'source_not_ready'; readonly reason: string };

/** Keeps a source from being deleted while a file system shows it; a deletion at the same moment loses or wins whole. */
export type Mounts = {
  readonly mount: (
    account: AccountId,
    source: Source,
    fileSystemId: string,
  ) => ResultAsync<void, SourceGone | SourceUnusable | Unavailable>;
  /** Repeatable. */
  readonly unmount: (
    account: AccountId,
    source: Source,
    fileSystemId: string,
  ) => ResultAsync<void, Unavailable>;
};

export type FleetTx = SharedTx & {
  readonly fileSystems: FileSystems;
  readonly gateways: Gateways;
  readonly intervals: Intervals;
  readonly mounts: Mounts;
};
export type FleetUnitOfWork = UnitOfWork<FleetTx>;

/** A gateway in a reconciler's hands until its lease ends; `epoch` fences what it writes. */
export type ClaimedGateway = {
  readonly gateway: Gateway;
  readonly epoch: number;
  /** Failures in a row. */
  readonly attempts: number;
  /** When its instance was last seen to be as the row says, as told to `release`; it outlives the lease. */
  readonly seenAt?: Instant | undefined;
};

/** The reconciler's half. */
export type GatewayLeases = {
  /**
   * Due gateways that nobody holds, longest due first; the epoch of each goes up by one. Gateways with a host of
   * their own go only to that host; tombstones to nobody.
   */
  readonly claim: (
    by: { readonly hostId: string; readonly providers: readonly GatewayProvider[] },
    limit: number,
    at: Instant,
    leaseUntil: Instant,
  ) => ResultAsync<readonly ClaimedGateway[], Unavailable>;
  /**
   * Ends the lease; due again at `dueAt`, or at once when somebody woke it meanwhile. `seenAt` is kept when given;
   * it is no part of the gateway, hence neither version nor event tells of it.
   */
  readonly release: (
    claimed: ClaimedGateway,
    dueAt: Instant,
    attempts: number,
    seenAt?: Instant,
  ) => ResultAsync<void, LeaseLost | Unavailable>;
};

export type FleetReaders = {
  readonly fileSystem: (
    account: AccountId,
    id: string,
  ) => ResultAsync<{ readonly fileSystem: FileSystem; readonly secret: Sealed }, NotFound | Unavailable>;
  /** The tombstone of one that was deleted: for those who still hear of it. */
  readonly buriedFileSystem: (
    account: AccountId,
    id: string,
  ) => ResultAsync<FileSystem, NotFound | Unavailable>;
  readonly fileSystemsOf: (
    account: AccountId,
    page: PageRequest<string>,
  ) => ResultAsync<Page<FileSystem, string>, Unavailable>;
  /** Of every account: for platform admins. */
  readonly allFileSystems: (page: PageRequest<string>) => ResultAsync<Page<FileSystem, string>, Unavailable>;
  readonly gateway: (account: AccountId, id: string) => ResultAsync<Gateway, NotFound | Unavailable>;
  readonly gatewaysOf: (
    account: AccountId,
    page: PageRequest<string>,
  ) => ResultAsync<Page<Gateway, string>, Unavailable>;
  /** Gateways (tombstones too) that have these tokens: for the collection of orphans. */
  readonly gatewaysByToken: (tokens: readonly string[]) => ResultAsync<readonly Gateway[], Unavailable>;
  /**
   * Gateways at rest (ready, degraded or stopped) that have an instance of this provider, on this host where it is a
   * provider of hosts, with a token that is none of these; at most `limit`.
   */
  readonly gatewaysWithout: (
    of: { readonly provider: GatewayProvider; readonly hostId?: string | undefined },
    tokens: readonly string[],
    limit: number,
  ) => ResultAsync<readonly Gateway[], Unavailable>;
};

/** Where in a stream a reader stands: the last `seq` it has. */
export type StreamPosition = { readonly stream: string; readonly after: number };

/** Events as they come to be, for readers that wait. */
export type EventFeed = {
  /** What has come since, of all these streams together, in order within each; at most 100 of a stream. */
  readonly since: (positions: readonly StreamPosition[]) => ResultAsync<readonly DomainEvent[], Unavailable>;
};
