import type { ResultAsync } from 'neverthrow';
import type { Every } from '../../domain/billing/calendar.js';
import type { UsageTerms } from '../../domain/billing/usage-price.js';
import type { Unavailable } from '../shared/failure.js';
import type {
  ConnectionRef,
  Keyed,
  PaymentsNotConfigured,
  ProcessorMissing,
  ProcessorRefused,
} from './processor.js';

/** A price as the processor has it. */
export type PriceView = {
  readonly id: string;
  readonly productId: string;
  readonly active: boolean;
  /** Lower-case ISO 4217. */
  readonly currency: string;
  /** Minor units per interval; undefined where it is not a plain amount (tiers, or by usage). */
  readonly amount: bigint | undefined;
  /** Undefined: paid once. */
  readonly every: Every | undefined;
  readonly metered: boolean;
};

/** Products and prices of a seller at the processor. */
export type Catalogue = {
  readonly price: (
    at: ConnectionRef,
    id: string,
  ) => ResultAsync<PriceView, ProcessorMissing | PaymentsNotConfigured | Unavailable>;
  /** The recurring price with this lookup key, made (with its product) when it is not there. */
  readonly ensurePrice: (
    at: ConnectionRef,
    wanted: Keyed & {
      readonly product: { readonly id: string; readonly name: string };
      readonly currency: string;
      readonly amount: bigint;
      readonly every: NonNullable<PriceView['every']>;
    },
  ) => ResultAsync<PriceView, ProcessorRefused | PaymentsNotConfigured | Unavailable>;
  /**
   * The price of what is used: of the smallest unit of the currency for each that `Meters` was told of. There is one
   * for each currency and rhythm, since all prices of a subscription have the same; made when it is not there.
   */
  readonly ensureUsagePrice: (
    at: ConnectionRef,
    wanted: UsageTerms,
  ) => ResultAsync<PriceView, ProcessorRefused | PaymentsNotConfigured | Unavailable>;
};
