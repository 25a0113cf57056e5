import { ok, okAsync, safeTry } from 'neverthrow';
import type { Plan, PlanPrice } from '../../domain/billing/plan.js';
import { MONTHLY, priceFor, sameRhythm } from '../../domain/billing/plan-prices.js';
import type { Instant } from '../../domain/shared/time.js';
import type { BillingTx } from '../../ports/billing/unit-of-work.js';
import { impossible } from '../shared/impossible.js';
import type { BillingDeps } from './deps.js';
import { PLATFORM_CONNECTION } from './events/connections.js';
import { tellOfPlan } from './plans.js';
import type { PaidPrice } from './prices.js';

const paid = (price: PlanPrice | undefined): PaidPrice | undefined =>
  price?.processorId === undefined ? undefined : { ...price, processorId: price.processorId };

/** The price of so many months that the processor has too, once it is written down. */
const known = ({ prices }: Plan, count: number): PaidPrice | undefined =>
  paid(
    prices.find(
      ({ active, every, processorId }) =>
        active && processorId !== undefined && sameRhythm(every, { interval: 'month', count }),
    ),
  );

/** What a plan costs for a month, by its own list. */
export const listPrice = (plan: Plan): PlanPrice | undefined => priceFor(plan, MONTHLY);

/** Writes down a price that the processor has; of two who come at once the second finds it written. */
const keep = (tx: BillingTx, { id, sellerId }: Plan, price: PaidPrice, at: Instant) =>
  safeTry(async function* () {
    const plan = yield* tx.plans.get(sellerId, id);
    const there = paid(plan.prices.find(({ processorId }) => processorId === price.processorId));
    if (there) return ok(there);
    const saved = yield* tx.plans
      .save({ ...plan, prices: [...plan.prices, price], updatedAt: at })
      .mapErr(impossible('plan_name_taken', 'price_taken', 'stale_version'));
    yield* tellOfPlan(tx, saved, 'plan.priced');
    return ok(price);
  });

/** What so many months of a plan cost, as one recurring price: that many times the month. Made when first asked for. */
export const monthsPrice = (deps: BillingDeps, plan: Plan, monthly: PlanPrice, count: number, at: Instant) =>
  safeTry(async function* () {
    const before = known(plan, count);
    if (before) return okAsync(before);
    const every = { interval: 'month', count } as const;
    const cost = { ...monthly.cost, amount: monthly.cost.amount * BigInt(count) };
    const view = yield* deps.processor.catalogue.ensurePrice(PLATFORM_CONNECTION, {
      key: `${plan.id}/${count}m/${cost.amount}${cost.currency}`,
      product: { id: plan.productId ?? plan.id, name: plan.name },
      currency: cost.currency,
      amount: cost.amount,
      every,
    });
    const price: PaidPrice = { id: deps.ids.next(), processorId: view.id, cost, every, active: true };
    return deps.billing.run((tx) => keep(tx, plan, price, at));
  });
