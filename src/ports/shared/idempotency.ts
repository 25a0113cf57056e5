import type { ResultAsync } from 'neverthrow';
import type { Instant } from '../../domain/shared/time.js';
import type { Unavailable } from './failure.js';
import type { Sealed } from './sealer.js';

/** A client's Idempotency-Key: scoped by principal and operation, tied to one body. */
export type Once = {
  readonly scope: string;
  readonly key: string;
  readonly fingerprint: string;
  readonly at: Instant;
};

/** The key came before with another body. */
export type KeyReused = { readonly kind: 'idempotency_key_reused' };
/** The first request with this key is still at work. */
export type InProgress = { readonly kind: 'idempotency_in_progress' };

/** The ids that the first request made, and its secret reply when it had one. */
export type Made = { readonly ids: Readonly<Record<string, string>>; readonly secret?: Sealed | undefined };

/** Keys live 24 h. The claim is part of the transaction that creates: no commit, no claim. */
export type Idempotency = {
  /** Undefined: this request is the first, `made` is on record. Otherwise what the first one made. */
  readonly claim: (
    once: Once,
    made: Made,
  ) => ResultAsync<Made | undefined, KeyReused | InProgress | Unavailable>;
};
