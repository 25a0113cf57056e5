import { errAsync, okAsync } from 'neverthrow';
import type { Meters } from '../../ports/billing/meters.js';
import type { Calls } from './client.js';
import { type CallFailure, neverMissing } from './failures.js';
import { secondsOf } from './subscription-view.js';

/** The event that the seller's meter sums up; its price is one cent. */
export const USAGE_EVENT = 'tollhouse_usage_cents';

/** The meter remembers identifiers for longer than the API remembers keys. */
const COUNTED_ALREADY = /identifier.*already exists|already exists.*identifier/i;

const isCounted = (failure: CallFailure): boolean =>
  failure.kind === 'processor_refused' && COUNTED_ALREADY.test(failure.reason);

/** Usage at Stripe. */
export const stripeMeters = (calls: Calls): Meters => ({
  report: (at, { key, customer, cents, usedAt }) =>
    calls(at, (stripe) =>
      stripe.billing.meterEvents.create(
        {
          event_name: USAGE_EVENT,
          identifier: key,
          timestamp: secondsOf(usedAt),
          payload: { stripe_customer_id: customer, value: cents.toString() },
        },
        { idempotencyKey: key },
      ),
    )
      .map(() => undefined)
      .orElse((failure) => (isCounted(failure) ? okAsync(undefined) : errAsync(failure)))
      .mapErr(neverMissing),
});
