import type { Result } from 'neverthrow';
import type Stripe from 'stripe';
import type { Prices } from '../../ports/billing/mirrored-subscriptions.js';
import type { ProcessorRefused } from '../../ports/billing/processor.js';
import { baseItem, usageItem } from './subscription-view.js';

/**
 * The items that a change of price names: the plan's, and that of what is used, which goes over to the price beside it
 * or away. All prices of a subscription have one rhythm, so both change in one update. They are the same however often
 * they are asked for, as long as the items are.
 */
export const itemsWith = (
  subscription: Stripe.Subscription,
  { price, usage }: Prices,
): Result<{ id: string; price?: string; deleted?: boolean }[], ProcessorRefused> =>
  baseItem(subscription).map(({ id }) => {
    const used = usageItem(subscription);
    if (used === undefined) return [{ id, price }];
    return [
      { id, price },
      usage === undefined ? { id: used.id, deleted: true } : { id: used.id, price: usage },
    ];
  });
