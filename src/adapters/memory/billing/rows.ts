import type { Plan } from '../../../domain/billing/plan.js';
import type { SellerId } from '../../../domain/billing/seller.js';
import type { Subscription } from '../../../domain/billing/subscription.js';
import type { Instant } from '../../../domain/shared/time.js';
import type { ConnectionRef } from '../../../ports/billing/processor.js';
import type { BillingIntent, IntentOutcome, UsageLine } from '../../../ports/billing/unit-of-work.js';

export type IntentRow = BillingIntent & {
  readonly settled?: (IntentOutcome & { readonly at: Instant }) | undefined;
};
export type UsageRow = UsageLine & { readonly reportedAt?: Instant | undefined };
/** Held while there is a `leaseUntil`. */
export type InboundEventRow = {
  readonly connection: ConnectionRef;
  readonly eventId: string;
  readonly type: string;
  readonly door: string;
  readonly receivedAt: Instant;
  readonly epoch: number;
  readonly leaseUntil?: Instant | undefined;
  readonly doneAt?: Instant | undefined;
};

/** Table names are those of PostgreSQL, so that a test may look at either. */
export const TABLES = {
  customers: 'customers',
  plans: 'plans',
  subscriptions: 'subscriptions',
  intents: 'billing_intents',
  inboundEvents: 'inbound_events',
  reportedUsage: 'reported_usage',
} as const;

/** The row when it is this seller's. */
export const ofSeller = <Row extends { readonly sellerId: SellerId }>(
  seller: SellerId,
  row: Row | undefined,
): Row | undefined => (row?.sellerId === seller ? row : undefined);

/** The one that began last comes first. */
export const newestFirst = (a: Subscription, b: Subscription): number =>
  b.startedAt - a.startedAt || (a.id < b.id ? 1 : -1);

/** The plan that has a price, and the price. */
export const holderOf = (
  plans: readonly Plan[],
  seller: SellerId,
  by: { readonly processorId: string } | { readonly id: string },
) => {
  for (const plan of plans.filter(({ sellerId }) => sellerId === seller)) {
    const price = plan.prices.find(({ id, processorId }) =>
      'id' in by ? id === by.id : processorId === by.processorId,
    );
    if (price !== undefined) return { plan, price };
  }
  return undefined;
};
