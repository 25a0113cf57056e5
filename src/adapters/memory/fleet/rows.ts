import type { FileSystem } from '../../../domain/fleet/file-system.js';
import type { Gateway } from '../../../domain/fleet/gateway.js';
import type { Instant } from '../../../domain/shared/time.js';
import type { IntervalStart } from '../../../ports/fleet/unit-of-work.js';
import type { Sealed } from '../../../ports/shared/sealer.js';

type FileSystemColumns = { readonly secret: Sealed };
export type FileSystemRow = FileSystem & FileSystemColumns;

/** What reconcilers keep beside a gateway. While it is held it is due when the lease runs out. */
type GatewayColumns = {
  readonly dueAt: Instant;
  readonly attempts: number;
  readonly epoch: number;
  readonly leaseUntil?: Instant | undefined;
  /** Since the latest claim. */
  readonly wokenAt?: Instant | undefined;
  readonly seenAt?: Instant | undefined;
};
export type GatewayRow = Gateway & GatewayColumns;

export type IntervalRow = IntervalStart & { readonly id: string; readonly endedAt?: Instant | undefined };

/** Table names are those of PostgreSQL, so that a test may look at either. */
export const TABLES = {
  fileSystems: 'file_systems',
  gateways: 'gateways',
  intervals: 'file_system_intervals',
} as const;

export const splitFileSystem = ({
  secret,
  ...fileSystem
}: FileSystemRow): readonly [FileSystem, FileSystemColumns] => [fileSystem, { secret }];

export const splitGateway = ({
  dueAt,
  attempts,
  epoch,
  leaseUntil,
  wokenAt,
  seenAt,
  ...gateway
}: GatewayRow): readonly [Gateway, GatewayColumns] => [
  gateway,
  { dueAt, attempts, epoch, leaseUntil, wokenAt, seenAt },
];

/** Tombstones are found by nobody. */
export const isLiving = ({ phase }: { readonly phase: string }): boolean => phase !== 'deleted';
