import type { AccountId } from '../shared/ids.js';
import type { Instant } from '../shared/time.js';

/** What an owner may wish for. The world follows; `status` says how far it has come. */
export type DesiredStatus = 'running' | 'stopped';

/** The published statuses of file systems and gateways. They change only when the world has changed. */
export const STATUSES = ['pending', 'running', 'scaling', 'terminating', 'stopped', 'failed'] as const;
export type FleetStatus = (typeof STATUSES)[number];

/** The container whose objects a file system shows. */
export type Source =
  | { readonly kind: 'bucket'; readonly id: string }
  | { readonly kind: 'connection'; readonly id: string };

/** Finer than the status: what is being done, or what hinders. `lifecycle.ts` says which go with which. */
export type FileSystemPhase =
  | 'queued'
  | 'provisioning'
  | 'booting'
  | 'exporting'
  | 'healthy'
  | 'preloading'
  | 'degraded'
  | 'draining'
  | 'stopping'
  | 'stopped'
  | 'detached'
  | 'failed'
  | 'terminating'
  | 'discarding'
  | 'deleted';

/** Where a file system is served at this moment. No secret. */
export type Served = {
  readonly webdav?: { readonly url: string; readonly username: string } | undefined;
  readonly nfs?: { readonly server: string; readonly port: number; readonly path: string } | undefined;
};

/** A bucket shown as a file system; served by the gateway it is attached to. */
export type FileSystem = {
  readonly id: string;
  /** Also the `seq` of its latest event. */
  readonly version: number;
  readonly accountId: AccountId;
  readonly source: Source;
  readonly region: string;
  readonly instanceType: string;
  /** Reads the objects into the gateway's cache, up to its size, once it runs. */
  readonly preload: boolean;
  readonly desired: DesiredStatus;
  readonly status: FleetStatus;
  readonly phase: FileSystemPhase;
  /** Why it failed or is degraded, in words for its owner; never a secret. */
  readonly reason?: string | undefined;
  /** Undefined: detached, served by nobody. */
  readonly gatewayId?: string | undefined;
  readonly served?: Served | undefined;
  /** Flushes asked for, and how many of them are done: the bytes are in the bucket. */
  readonly flushesAsked: number;
  readonly flushesDone: number;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
};
