import { err, ok, type Result } from 'neverthrow';
import type { AccountId } from '../shared/ids.js';
import type { Instant } from '../shared/time.js';
import type { Prefix } from './object-key.js';

export const PROVIDERS = ['aws', 'gcp', 's3compat'] as const;
export type Provider = (typeof PROVIDERS)[number];

export type ConnectionStatus = 'pending' | 'verifying' | 'verified' | 'invalid' | 'failed';

/** Where a customer's own bucket is and as whom one comes to it: all of a connection but its secret. */
export type ConnectionAddress = {
  readonly provider: Provider;
  /** As it was sent. */
  readonly uri: string;
  /** As it was sent; `signingRegion` is what the store calls it. */
  readonly region: string;
  readonly bucketName: string;
  /** Every key of the connection lies below it: empty, or ends in a slash. */
  readonly jail: Prefix;
  readonly endpoint?: string | undefined;
  /** Names who comes: an access key's id, or with gcp a service account's address. No secret. */
  readonly accessKeyId: string;
  readonly projectId?: string | undefined;
};

/** The way into a bucket of the customer's own. */
export type Connection = ConnectionAddress & {
  readonly id: string;
  readonly version: number;
  readonly accountId: AccountId;
  readonly status: ConnectionStatus;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
};

/** The whole lifecycle; a connection that is deleted is no more. A new verification may begin at any time. */
export const lifecycle = {
  pending: { verify: 'verifying' },
  verifying: { verify: 'verifying', pass: 'verified', refuse: 'invalid', fail: 'failed' },
  verified: { verify: 'verifying' },
  invalid: { verify: 'verifying' },
  // What failed for the moment is tried again without being asked.
  failed: { verify: 'verifying', pass: 'verified', refuse: 'invalid' },
} as const satisfies Record<ConnectionStatus, Partial<Record<ConnectionAction, ConnectionStatus>>>;

export type ConnectionAction = 'verify' | Verdict;
/** `pass`: all of it works. `refuse`: the store said no, and will again. `fail`: it could not be found out now. */
export type Verdict = 'pass' | 'refuse' | 'fail';
export type IllegalStep = {
  readonly kind: 'illegal_transition';
  readonly from: ConnectionStatus;
  readonly action: ConnectionAction;
};

export const advance = (
  connection: Connection,
  action: ConnectionAction,
  at: Instant,
): Result<Connection, IllegalStep> => {
  const next: Partial<Record<ConnectionAction, ConnectionStatus>> = lifecycle[connection.status];
  const status = next[action];
  return status
    ? ok({ ...connection, status, updatedAt: at })
    : err({ kind: 'illegal_transition', from: connection.status, action });
};

/** The region without the provider that may stand before it: `aws:us-east-1` is `us-east-1`. */
export const signingRegion = ({ provider, region }: Pick<Connection, 'provider' | 'region'>): string =>
  region.startsWith(`${provider}:`) ? region.slice(provider.length + 1) : region;
