import type { ResultAsync } from 'neverthrow';
import type { AccountId } from '../../domain/shared/ids.js';
import type { Instant } from '../../domain/shared/time.js';
import type { Unavailable } from './failure.js';

export type ActorKind =
  | 'user'
  | 'api_key'
  | 'organization_client'
  | 'platform_admin'
  | 'system'
  /** The payment processor, which has told us of something. */
  | 'webhook'
  | 'anonymous';

/** Who did what to which thing, by ids only. The table takes rows and never changes or loses one. */
export type AuditEntry = {
  readonly accountId: AccountId;
  readonly actor: { readonly kind: ActorKind; readonly id?: string | undefined };
  readonly action: string;
  readonly target: string;
  readonly requestId: string;
  /** Where they came from, cut so that it names no person: `203.0.113.0/24`. */
  readonly network?: string | undefined;
  readonly at: Instant;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
};

export type Audit = { readonly record: (entry: AuditEntry) => ResultAsync<void, Unavailable> };
