import { err, ok, type Result, safeTry } from 'neverthrow';
import { quotedAt, quoteHolds } from '../../../domain/billing/quote.js';
import { PLATFORM } from '../../../domain/billing/seller.js';
import { isLive, type Subscription } from '../../../domain/billing/subscription.js';
import type { Instant } from '../../../domain/shared/time.js';
import type { Once } from '../../../ports/shared/idempotency.js';
import { knownCustomer } from '../customers.js';
import type { BillingDeps } from '../deps.js';
import { PLATFORM_CONNECTION } from '../events/connections.js';
import {
  type ChangeWhileCancelling,
  NO_SUBSCRIPTION,
  type NoSubscription,
  neverMissing,
  type QuoteExpired,
  type SamePrice,
} from '../failures.js';
import type { Payer } from '../payer.js';
import { onSale, unlessPriceGone } from '../prices.js';
import { usageOf, usagePrice } from '../usage/usage-price.js';
import type { Change } from './act.js';
import { change } from './change.js';

type Wanted = { readonly priceId: string; readonly at?: Instant | undefined };

/** Whether a running subscription may go over to this price. */
const mayChangeTo = (
  current: Subscription,
  price: string,
): Result<void, SamePrice | ChangeWhileCancelling> => {
  if (current.cancelAtPeriodEnd) return err({ kind: 'change_while_cancelling' });
  return current.processor?.priceId === price ? err({ kind: 'same_price' }) : ok(undefined);
};

/** A quote is charged as it was told, or not at all. */
const momentOf = (
  { at }: Wanted,
  { at: now }: Payer,
  current: Subscription,
): Result<Instant, QuoteExpired> => {
  if (at === undefined) return ok(quotedAt(now));
  return quoteHolds(at, now, current) ? ok(at) : err({ kind: 'quote_expired' });
};

/** Another price at once, prorated to the second; what is owed for it is charged at once as well. */
export const changePlan = (deps: BillingDeps) => (wanted: Wanted, payer: Payer, once?: Once) =>
  safeTry(async function* () {
    const { price } = yield* onSale(deps)(wanted.priceId);
    const usage = usageOf(deps, price);
    const rule = (current: Subscription): Result<Change, SamePrice | ChangeWhileCancelling | QuoteExpired> =>
      mayChangeTo(current, price.processorId)
        .andThen(() => momentOf(wanted, payer, current))
        .map((at) => ({ kind: 'change_plan', price: price.processorId, usage, at }));
    return change(deps)({ rule, payer, once }).orElse(unlessPriceGone(deps, price.processorId));
  });

/** What the change would cost now. The moment it is told for comes with it: who names that is charged just this. */
export const previewChange =
  (deps: BillingDeps) =>
  ({ priceId }: Pick<Wanted, 'priceId'>, payer: Payer) =>
    safeTry(async function* () {
      const { price } = yield* onSale(deps)(priceId);
      const customer = yield* knownCustomer(deps)(payer);
      const current = customer && (yield* deps.readers.subscriptionOf(PLATFORM, customer.id));
      if (!current?.processor || !isLive(current)) return err<never, NoSubscription>(NO_SUBSCRIPTION);
      yield* mayChangeTo(current, price.processorId);
      const at = quotedAt(payer.at);
      const usage = yield* usagePrice(deps.processor.catalogue, usageOf(deps, price));
      const preview = yield* deps.processor.invoices
        .previewChange(PLATFORM_CONNECTION, {
          subscriptionId: current.processor.id,
          price: price.processorId,
          usage,
          at,
        })
        .mapErr(neverMissing)
        .orElse(unlessPriceGone(deps, price.processorId));
      return ok({ preview, at });
    });
