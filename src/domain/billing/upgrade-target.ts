import type { Currency } from './currency.js';
import type { Plan, PlanPrice } from './plan.js';

const isMonthly = ({ every }: PlanPrice): boolean => every.interval === 'month' && every.count === 1;

/**
 * The cheapest monthly price that is on sale and costs something, in one currency: sums of two cannot be
 * compared. Undefined: nothing of the kind is sold.
 */
export const upgradeTarget = (plans: readonly Plan[], currency: Currency): PlanPrice | undefined =>
  plans
    .flatMap(({ prices }) => prices)
    .filter(
      (price) =>
        price.active &&
        price.processorId !== undefined &&
        isMonthly(price) &&
        price.cost.currency === currency &&
        price.cost.amount > 0n,
    )
    .reduce<PlanPrice | undefined>(
      (cheapest, price) => (cheapest && cheapest.cost.amount <= price.cost.amount ? cheapest : price),
      undefined,
    );
