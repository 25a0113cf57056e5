import type { Every } from './calendar.js';
import type { Plan, PlanPrice } from './plan.js';

export const MONTHLY: Every = { interval: 'month', count: 1 };
export const YEARLY: Every = { interval: 'year', count: 1 };

export const sameRhythm = (a: Every, b: Every): boolean => a.interval === b.interval && a.count === b.count;

/** What a plan is sold for in this rhythm now. */
export const priceFor = ({ prices }: Pick<Plan, 'prices'>, every: Every): PlanPrice | undefined =>
  prices.find((price) => price.active && sameRhythm(price.every, every));

/**
 * The prices of a plan once `wanted` are what it is sold for: one that was sold before is taken up again, others of
 * the same rhythm are put aside. None goes, for subscriptions to it go on.
 */
export const sellAt = (prices: readonly PlanPrice[], wanted: readonly PlanPrice[]): readonly PlanPrice[] => {
  const isWanted = ({ processorId }: PlanPrice) => wanted.some((price) => price.processorId === processorId);
  const replaced = ({ every }: PlanPrice) => wanted.some((price) => sameRhythm(price.every, every));
  const kept = prices.map((price) => {
    if (isWanted(price)) return { ...price, active: true };
    return replaced(price) ? { ...price, active: false } : price;
  });
  const there = new Set(prices.map(({ processorId }) => processorId));
  return [...kept, ...wanted.filter(({ processorId }) => !there.has(processorId))];
};

const MONTHS: Readonly<Record<Every['interval'], number>> = { day: 0, week: 0, month: 1, year: 12 };

/** Less than zero where the first is cheaper for each month than the second. Days and weeks are not compared. */
export const compareMonthly = (
  a: Pick<PlanPrice, 'cost' | 'every'>,
  b: Pick<PlanPrice, 'cost' | 'every'>,
): -1 | 0 | 1 => {
  const months = ({ every }: Pick<PlanPrice, 'every'>) => BigInt(MONTHS[every.interval] * every.count);
  const [left, right] = [a.cost.amount * months(b), b.cost.amount * months(a)];
  if (left === right) return 0;
  return left < right ? -1 : 1;
};
