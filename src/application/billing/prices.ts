import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { CatalogueName, Plan, PlanPrice } from '../../domain/billing/plan.js';
import { PLATFORM } from '../../domain/billing/seller.js';
import type { PaymentsNotConfigured } from '../../ports/billing/processor.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { BillingDeps } from './deps.js';
import { PLATFORM_CONNECTION } from './events/connections.js';
import { PRICE_UNKNOWN, type PriceUnknown } from './failures.js';

/** A price that the processor has as well. */
export type PaidPrice = PlanPrice & { readonly processorId: string };
export type Offer = { readonly plan: Plan; readonly price: PaidPrice };

/** A price of a plan that is on sale in this catalogue, by the processor's id. */
export const onSale =
  ({ readers }: Pick<BillingDeps, 'readers'>, catalogue: CatalogueName = 'training-pipes') =>
  (processorId: string | undefined): ResultAsync<Offer, PriceUnknown | Unavailable> =>
    processorId === undefined
      ? errAsync(PRICE_UNKNOWN)
      : readers
          .price(PLATFORM, { processorId })
          .andThen((found) =>
            found?.price.active && found.plan.catalogue === catalogue
              ? okAsync({ plan: found.plan, price: { ...found.price, processorId } })
              : errAsync(PRICE_UNKNOWN),
          );

/**
 * What the processor would not take may be the price: one that it has archived or lost is not on sale any more, whatever
 * we have written down. Asked only where it has said no.
 */
export const unlessPriceGone =
  ({ processor }: Pick<BillingDeps, 'processor'>, id: string | undefined) =>
  <E extends { readonly kind: string }>(failure: E): ResultAsync<never, E | PriceUnknown> => {
    if (failure.kind !== 'processor_refused' || id === undefined) return errAsync(failure);
    return processor.catalogue
      .price(PLATFORM_CONNECTION, id)
      .orElse(({ kind }) =>
        errAsync<never, E | PriceUnknown>(kind === 'processor_missing' ? PRICE_UNKNOWN : failure),
      )
      .andThen(({ active }) => errAsync<never, E | PriceUnknown>(active ? failure : PRICE_UNKNOWN));
  };

/** A price that is paid once: nothing of ours is written down for it, so the processor says whether there is one. */
export const paidOnce =
  ({ processor }: Pick<BillingDeps, 'processor'>) =>
  (id: string | undefined): ResultAsync<string, PriceUnknown | PaymentsNotConfigured | Unavailable> =>
    id === undefined
      ? errAsync(PRICE_UNKNOWN)
      : processor.catalogue
          .price(PLATFORM_CONNECTION, id)
          .mapErr((failure) => (failure.kind === 'processor_missing' ? PRICE_UNKNOWN : failure))
          .andThen(({ active, every, metered }) =>
            active && every === undefined && !metered ? okAsync(id) : errAsync(PRICE_UNKNOWN),
          );
