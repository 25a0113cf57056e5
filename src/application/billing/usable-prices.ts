import { err, ok, type Result, type ResultAsync, safeTry } from 'neverthrow';
import type { Every } from '../../domain/billing/calendar.js';
import { currency } from '../../domain/billing/currency.js';
import type { PlanPrice } from '../../domain/billing/plan.js';
import { MONTHLY, sameRhythm, YEARLY } from '../../domain/billing/plan-prices.js';
import type { PriceView } from '../../ports/billing/catalogue.js';
import type { PaymentsNotConfigured } from '../../ports/billing/processor.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { BillingDeps } from './deps.js';
import { PLATFORM_CONNECTION } from './events/connections.js';

type PriceField = 'monthly_price_id' | 'yearly_price_id' | 'stripe_product_id';

/** A plan cannot be sold at this price of the processor's. */
export type PriceNotUsable = {
  readonly kind: 'price_not_usable';
  readonly field: PriceField;
  readonly reason: string;
};

/** What a plan of the processor's is made of, by its ids. */
export type ProcessorIds = {
  readonly productId: string;
  readonly monthlyPriceId: string;
  readonly yearlyPriceId: string;
};

const notUsable = (field: PriceField, reason: string): PriceNotUsable => ({
  kind: 'price_not_usable',
  field,
  reason,
});

const flawOf = ({ active, amount, metered, every }: PriceView, wanted: Every): string | undefined => {
  if (!active) return 'is archived';
  if (amount === undefined || metered) return 'is not a plain amount';
  return every && sameRhythm(every, wanted) ? undefined : `is not paid every ${wanted.interval}`;
};

const view = (
  { processor }: BillingDeps,
  field: PriceField,
  id: string,
): ResultAsync<PriceView, PriceNotUsable | PaymentsNotConfigured | Unavailable> =>
  processor.catalogue
    .price(PLATFORM_CONNECTION, id)
    .mapErr((failure) =>
      failure.kind === 'processor_missing' ? notUsable(field, 'is not known to the processor') : failure,
    );

/** The price as we write it down: what it costs at this moment. */
const written = (
  id: string,
  found: PriceView,
  field: PriceField,
  every: Every,
): Result<PlanPrice, PriceNotUsable> => {
  const flaw = flawOf(found, every);
  if (flaw !== undefined || found.amount === undefined) return err(notUsable(field, flaw ?? 'has no amount'));
  const { amount } = found;
  return currency(found.currency)
    .mapErr(() => notUsable(field, 'is in a currency that is not known here'))
    .map((code) => ({ id, processorId: found.id, cost: { amount, currency: code }, every, active: true }));
};

/** Both prices as the processor has them now, if a plan can be sold at them. */
export const usablePrices = (deps: BillingDeps, { productId, monthlyPriceId, yearlyPriceId }: ProcessorIds) =>
  safeTry(async function* () {
    const monthly = yield* view(deps, 'monthly_price_id', monthlyPriceId);
    const yearly = yield* view(deps, 'yearly_price_id', yearlyPriceId);
    const prices = [
      yield* written(deps.ids.next(), monthly, 'monthly_price_id', MONTHLY),
      yield* written(deps.ids.next(), yearly, 'yearly_price_id', YEARLY),
    ];
    if (monthly.currency !== yearly.currency)
      return err(notUsable('yearly_price_id', 'is in another currency than the monthly price'));
    if (monthly.productId !== productId && monthly.productId === yearly.productId)
      return err(notUsable('stripe_product_id', 'is not the product of the prices'));
    if (monthly.productId !== productId)
      return err(notUsable('monthly_price_id', 'is a price of another product'));
    if (yearly.productId !== productId)
      return err(notUsable('yearly_price_id', 'is a price of another product'));
    return ok(prices);
  });
