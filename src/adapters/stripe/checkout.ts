import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type Stripe from 'stripe';
import { instant, SECOND } from '../../domain/shared/time.js';
import type { Checkout, CheckoutSession } from '../../ports/billing/checkout.js';
import type { ConnectionRef } from '../../ports/billing/processor.js';
import type { Calls } from './client.js';
import { type CallFailure, missingOnly, neverDeclined, neverMissing } from './failures.js';
import { madeUnderNextKey, under } from './kept-failures.js';

type Wanted = Parameters<Checkout['open']>[1];
type Person = Parameters<Checkout['ensureCustomer']>[1];

/** Keys are forgotten after a day; this label is how a customer is found after that. */
const KEY_LABEL = 'tollhouse_key';
/** Without the quotes and backslashes that the search language would read as its own. */
const labelOf = (key: string): string => encodeURIComponent(key).replaceAll("'", '%27');

const findCustomer = (
  calls: Calls,
  at: ConnectionRef,
  key: string,
): ResultAsync<string | undefined, CallFailure> =>
  calls(at, (stripe) =>
    stripe.customers.search({ query: `metadata['${KEY_LABEL}']:'${labelOf(key)}'`, limit: 1 }),
  ).map(({ data: [first] }) => first?.id);

const MOST = 100;

/** A list is never behind. */
const findNewCustomer = (
  calls: Calls,
  at: ConnectionRef,
  key: string,
): ResultAsync<string | undefined, CallFailure> =>
  calls(at, (stripe) => stripe.customers.list({ limit: MOST })).map(
    ({ data }) => data.find(({ metadata }) => metadata[KEY_LABEL] === labelOf(key))?.id,
  );

/** The search lags behind by up to a minute, for which the key is there. */
const createCustomer = (
  calls: Calls,
  at: ConnectionRef,
  { key, email, name, labels }: Person,
): ResultAsync<string, CallFailure> =>
  madeUnderNextKey(key, {
    make: (idempotencyKey) =>
      calls(at, (stripe) =>
        stripe.customers.create(
          { name, metadata: { ...labels, [KEY_LABEL]: labelOf(key) }, ...(email !== undefined && { email }) },
          under(idempotencyKey),
        ),
      ).map(({ id }) => id),
    find: () => findNewCustomer(calls, at, key),
  });

/** What is paid by usage has no quantity: the meter counts it. */
const lineItems = ({ mode, price, usage }: Wanted): Stripe.Checkout.SessionCreateParams.LineItem[] => [
  ...(price === undefined ? [] : [{ price, quantity: 1 }]),
  ...(mode === 'subscription' && usage !== undefined ? [{ price: usage }] : []),
];

const sessionParams = (wanted: Wanted): Stripe.Checkout.SessionCreateParams => {
  const { customer, mode, successUrl, cancelUrl, labels } = wanted;
  return {
    customer,
    mode,
    success_url: successUrl,
    cancel_url: cancelUrl,
    metadata: { ...labels },
    ...(mode === 'setup' ? { payment_method_types: ['card'] } : { line_items: lineItems(wanted) }),
    ...(mode === 'subscription' && {
      // Only so is what was used charged as well when another price takes over in the middle of a period.
      subscription_data: { metadata: { ...labels }, billing_mode: { type: 'flexible' } },
    }),
  };
};

const sessionView = ({ id, url, expires_at }: Stripe.Checkout.Session): CheckoutSession => ({
  id,
  // One that is open has its page; the key of one that has ended since answers as it did at first.
  url: url ?? '',
  expiresAt: instant(expires_at * SECOND),
});

/** Ending a session that has ended already is refused, and is what was wanted. */
const endedAlready = (
  calls: Calls,
  at: ConnectionRef,
  id: string,
  failure: CallFailure,
): ResultAsync<unknown, CallFailure> =>
  failure.kind !== 'processor_refused'
    ? errAsync(failure)
    : calls(at, (stripe) => stripe.checkout.sessions.retrieve(id)).andThen(({ status }) =>
        status === 'open' ? errAsync<unknown, CallFailure>(failure) : okAsync(undefined),
      );

/** Stripe's hosted pages. */
export const stripeCheckout = (calls: Calls): Checkout => ({
  ensureCustomer: (at, person) =>
    findCustomer(calls, at, person.key)
      .andThen((found) => (found === undefined ? createCustomer(calls, at, person) : okAsync(found)))
      .mapErr(neverMissing),
  open: (at, wanted) => {
    if (wanted.mode !== 'setup' && wanted.price === undefined)
      return errAsync({ kind: 'processor_refused', code: 'parameter_missing', reason: 'There is no price.' });
    return madeUnderNextKey(wanted.key, {
      make: (key) =>
        calls(at, (stripe) => stripe.checkout.sessions.create(sessionParams(wanted), under(key))),
      // Of a page whose address has been lost nobody will ever know.
      find: () => okAsync(undefined),
    })
      .map(sessionView)
      .mapErr(neverDeclined);
  },
  expire: (at, sessionId) =>
    calls(at, (stripe) => stripe.checkout.sessions.expire(sessionId))
      .orElse((failure) => endedAlready(calls, at, sessionId, failure))
      .map(() => undefined)
      .mapErr(missingOnly('checkout session')),
  portal: (at, { customer, returnUrl }) =>
    calls(at, (stripe) => stripe.billingPortal.sessions.create({ customer, return_url: returnUrl }))
      .map(({ url }) => ({ url }))
      .mapErr(neverDeclined),
});
