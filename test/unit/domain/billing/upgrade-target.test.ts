import { expect, it } from 'vitest';
import type { Currency } from '../../../../src/domain/billing/currency.js';
import type { Plan, PlanPrice } from '../../../../src/domain/billing/plan.js';
import { PLATFORM } from '../../../../src/domain/billing/seller.js';
import { upgradeTarget } from '../../../../src/domain/billing/upgrade-target.js';
import { instant } from '../../../../src/domain/shared/time.js';

const usd = 'usd' as Currency;
const priceOf = (amount: bigint, over: Partial<PlanPrice> = {}): PlanPrice => ({
  id: `p-${amount}`,
  processorId: `price_${amount}`,
  cost: { amount, currency: usd },
  every: { interval: 'month', count: 1 },
  active: true,
  ...over,
});
const plan = (...prices: PlanPrice[]): Plan => ({
  id: 'a plan',
  number: 1,
  version: 1,
  sellerId: PLATFORM,
  catalogue: 'training-pipes',
  name: 'A plan',
  traits: {},
  prices,
  createdAt: instant(0),
  updatedAt: instant(0),
});

it('is the cheapest monthly price of all plans', () => {
  const plans = [plan(priceOf(2_000n), priceOf(500n)), plan(), plan(priceOf(1_000n))];
  expect(upgradeTarget(plans, usd)?.processorId).toBe('price_500');
});

it('is none that is free, put aside, not monthly, unknown to the processor or of another currency', () => {
  const left: PlanPrice[] = [
    priceOf(0n),
    priceOf(1n, { active: false }),
    priceOf(2n, { every: { interval: 'year', count: 1 } }),
    priceOf(3n, { every: { interval: 'month', count: 3 } }),
    priceOf(4n, { processorId: undefined }),
    priceOf(5n, { cost: { amount: 5n, currency: 'eur' as Currency } }),
  ];
  expect(upgradeTarget([plan(...left)], usd)).toBeUndefined();
  expect(upgradeTarget([plan(...left, priceOf(900n))], usd)?.processorId).toBe('price_900');
});
