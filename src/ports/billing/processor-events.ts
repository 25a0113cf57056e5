import type { Result } from 'neverthrow';
import type { Instant } from '../../domain/shared/time.js';
import type { ConnectionRef } from './processor.js';

/** What a webhook told, as far as we use it: never trusted beyond "something changed here". */
export type ProcessorEvent = {
  readonly id: string;
  readonly type: string;
  readonly createdAt: Instant;
  readonly connection: ConnectionRef;
  readonly customer?: string | undefined;
  readonly subscriptionId?: string | undefined;
  readonly checkoutSessionId?: string | undefined;
};

export type SignatureMissing = { readonly kind: 'signature_missing' };
export type SignatureInvalid = { readonly kind: 'signature_invalid' };
export type MalformedEvent = { readonly kind: 'malformed_event'; readonly reason: string };

export type ProcessorEvents = {
  /** Over the raw bytes, in constant time, at most 300 s old, with any of the secrets that are valid now. */
  readonly verify: (
    raw: Uint8Array,
    signature: string | undefined,
    at: Instant,
  ) => Result<ProcessorEvent, SignatureMissing | SignatureInvalid | MalformedEvent>;
};
