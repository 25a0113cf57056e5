import type { Currency } from '../../src/domain/billing/currency.js';
import { type Customer, newCustomer } from '../../src/domain/billing/customer.js';
import type { Plan, PlanPrice } from '../../src/domain/billing/plan.js';
import { PLATFORM } from '../../src/domain/billing/seller.js';
import type { Subscription } from '../../src/domain/billing/subscription.js';
import type { AccountId } from '../../src/domain/shared/ids.js';
import { DAY, plus } from '../../src/domain/shared/time.js';
import type { BillingIntent, UsageLine } from '../../src/ports/billing/unit-of-work.js';
import { AT, newId } from './accounts.js';

export const aPrice = (over: Partial<PlanPrice> = {}): PlanPrice => ({
  id: newId(),
  processorId: `price_${newId()}`,
  cost: { amount: 2_900n, currency: 'usd' as Currency },
  every: { interval: 'month', count: 1 },
  active: true,
  ...over,
});

export const aPlan = (over: Partial<Plan> = {}): Plan => {
  const id = over.id ?? newId();
  return {
    id,
    number: 0,
    version: 1,
    sellerId: PLATFORM,
    catalogue: 'training-pipes',
    name: `Plan ${id}`,
    traits: {},
    prices: [aPrice()],
    createdAt: AT,
    updatedAt: AT,
    ...over,
  };
};

export const aCustomer = (payer: AccountId, over: Partial<Customer> = {}): Customer => ({
  ...newCustomer(newId(), PLATFORM, payer, AT),
  ...over,
});

/** A live one that the processor knows, of a price that only the processor knows. */
export const aSubscription = (
  { sellerId, id: customerId }: Customer,
  over: Partial<Subscription> = {},
): Subscription => ({
  id: newId(),
  number: 0,
  version: 1,
  sellerId,
  customerId,
  truthSource: 'mirrored',
  status: 'active',
  processor: { id: `sub_${newId()}`, status: 'active', priceId: 'price_of_the_processor' },
  cancelAtPeriodEnd: false,
  period: { start: AT, end: plus(AT, 28 * DAY) },
  startedAt: AT,
  ...over,
});

export const anIntent = (
  { sellerId, id: customerId }: Customer,
  over: Partial<BillingIntent> = {},
): BillingIntent => ({
  id: newId(),
  sellerId,
  customerId,
  kind: 'change_plan',
  data: { price: 'price_1' },
  createdAt: AT,
  ...over,
});

export const aUsageLine = (
  { sellerId, id: customerId }: Customer,
  over: Partial<UsageLine> = {},
): UsageLine => ({ sellerId, customerId, id: `line ${newId()}`, cents: 7n, usedAt: AT, ...over });
