import type { ResultAsync } from 'neverthrow';
import type { Instant } from '../../domain/shared/time.js';
import type { Unavailable } from '../shared/failure.js';
import type { ConnectionRef, Keyed, PaymentsNotConfigured, ProcessorRefused } from './processor.js';

/** Usage that the processor puts on invoices, in cents at a one-cent price. */
export type Meters = {
  /** `key` makes it count once, for as long as the processor remembers keys: 24 h at least. */
  readonly report: (
    at: ConnectionRef,
    usage: Keyed & { readonly customer: string; readonly cents: bigint; readonly usedAt: Instant },
  ) => ResultAsync<void, ProcessorRefused | PaymentsNotConfigured | Unavailable>;
};
