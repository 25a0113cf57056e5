import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { Meters } from '../../ports/billing/meters.js';
import type { ConnectionRef } from '../../ports/billing/processor.js';
import type { Calls } from './client.js';
import { type CallFailure, neverMissing } from './failures.js';
import { madeOnce, under } from './kept-failures.js';
import { secondsOf } from './subscription-view.js';

/** The event that the seller's meter sums up; its price is one cent. */
export const USAGE_EVENT = 'tollhouse_usage_cents';
const SHOWN_AS = 'Usage in cents';

const MOST = 100;

/** The meter remembers identifiers for longer than the API remembers keys. */
const COUNTED_ALREADY = /identifier.*already exists|already exists.*identifier/i;

const isCounted = (failure: CallFailure): boolean =>
  failure.kind === 'processor_refused' && COUNTED_ALREADY.test(failure.reason);

const findMeter = (calls: Calls, at: ConnectionRef): ResultAsync<string | undefined, CallFailure> =>
  calls(at, (stripe) => stripe.billing.meters.list({ status: 'active', limit: MOST })).map(
    ({ data }) => data.find(({ event_name }) => event_name === USAGE_EVENT)?.id,
  );

/** An event has one meter: where somebody else was faster to make it, it is theirs. */
const createMeter = (calls: Calls, at: ConnectionRef): ResultAsync<string, CallFailure> =>
  madeOnce(`${USAGE_EVENT}/meter`, {
    make: (key) =>
      calls(at, (stripe) =>
        stripe.billing.meters.create(
          { display_name: SHOWN_AS, event_name: USAGE_EVENT, default_aggregation: { formula: 'sum' } },
          under(key),
        ),
      ).map(({ id }) => id),
    find: () => findMeter(calls, at),
  });

/** The meter that sums up what is used. */
export const ensureMeter = (calls: Calls, at: ConnectionRef): ResultAsync<string, CallFailure> =>
  findMeter(calls, at).andThen((found) => (found === undefined ? createMeter(calls, at) : okAsync(found)));

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
