import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type Stripe from 'stripe';
import type { Interval } from '../../domain/billing/calendar.js';
import { type UsageTerms, usageKey } from '../../domain/billing/usage-price.js';
import type { Catalogue, PriceView } from '../../ports/billing/catalogue.js';
import type { ConnectionRef } from '../../ports/billing/processor.js';
import type { Calls } from './client.js';
import { type CallFailure, missingOnly, neverMissing } from './failures.js';
import { madeOnce, under } from './kept-failures.js';
import { ensureMeter } from './meters.js';

const USAGE_PRODUCT = { id: 'tollhouse_usage', name: 'Usage' };

type Wanted = Parameters<Catalogue['ensurePrice']>[1];

const idOf = (named: string | { readonly id: string }): string =>
  typeof named === 'string' ? named : named.id;

const INTERVALS: readonly string[] = ['day', 'week', 'month', 'year'] satisfies readonly Interval[];

/** The SDK's unions are open: another interval than the four would be news to us, and is a defect. */
const intervalOf = (text: string): Interval => {
  if (!INTERVALS.includes(text)) throw new Error(`no interval is called ${text}`);
  return text as Interval;
};

/** A price as the port has it. Fractions of a minor unit and tiers are no plain amount. */
export const priceView = (price: Stripe.Price): PriceView => {
  const metered = price.recurring?.usage_type === 'metered';
  const plain = !metered && price.billing_scheme === 'per_unit' && price.unit_amount !== null;
  return {
    id: price.id,
    productId: idOf(price.product),
    active: price.active,
    currency: price.currency,
    amount: plain && price.unit_amount !== null ? BigInt(price.unit_amount) : undefined,
    every: price.recurring
      ? { interval: intervalOf(price.recurring.interval), count: price.recurring.interval_count }
      : undefined,
    metered,
  };
};

const agrees = (price: PriceView, { currency, amount, every, product }: Wanted): boolean =>
  price.currency === currency &&
  price.amount === amount &&
  price.every?.interval === every.interval &&
  price.every.count === every.count &&
  price.productId === product.id;

/** Made before, under the same key, with other terms: prices do not change, so there is no way to what is wanted. */
const asWanted = (price: PriceView, wanted: Wanted): ResultAsync<PriceView, CallFailure> =>
  agrees(price, wanted)
    ? okAsync(price)
    : errAsync({
        kind: 'processor_refused',
        code: 'lookup_key_in_use',
        reason: `The price with the lookup key ${wanted.key} has other terms.`,
      });

const findPrice = (
  calls: Calls,
  at: ConnectionRef,
  key: string,
): ResultAsync<PriceView | undefined, CallFailure> =>
  calls(at, (stripe) => stripe.prices.list({ lookup_keys: [key], limit: 1 })).map(({ data: [first] }) =>
    first === undefined ? undefined : priceView(first),
  );

const ensureProduct = (
  calls: Calls,
  at: ConnectionRef,
  { key, product }: Pick<Wanted, 'key' | 'product'>,
): ResultAsync<unknown, CallFailure> =>
  madeOnce<unknown>(`${key}/product`, {
    make: (idempotencyKey) =>
      calls(at, (stripe) =>
        stripe.products.create({ id: product.id, name: product.name }, under(idempotencyKey)),
      ),
    find: () =>
      calls(at, (stripe) => stripe.products.retrieve(product.id)).orElse((failure) =>
        failure.kind === 'processor_missing' ? okAsync(undefined) : errAsync(failure),
      ),
  });

/** There is one of each lookup key, however often it is asked for. */
const newPrice = (
  calls: Calls,
  at: ConnectionRef,
  params: Stripe.PriceCreateParams & { readonly lookup_key: string },
): ResultAsync<PriceView, CallFailure> =>
  madeOnce(`${params.lookup_key}/price`, {
    make: (key) => calls(at, (stripe) => stripe.prices.create(params, under(key))).map(priceView),
    find: () => findPrice(calls, at, params.lookup_key),
  });

const createPrice = (
  calls: Calls,
  at: ConnectionRef,
  wanted: Wanted,
): ResultAsync<PriceView, CallFailure> => {
  const { key, product, currency, amount, every } = wanted;
  return newPrice(calls, at, {
    product: product.id,
    currency,
    unit_amount: Number(amount),
    recurring: { interval: every.interval, interval_count: every.count },
    lookup_key: key,
  });
};

/** Of one smallest unit of the currency for each that the meter has summed up in a period. */
const createUsagePrice = (
  calls: Calls,
  at: ConnectionRef,
  { currency, every }: UsageTerms,
): ResultAsync<PriceView, CallFailure> => {
  const key = usageKey({ currency, every });
  return ensureMeter(calls, at).andThen((meter) =>
    ensureProduct(calls, at, { key: USAGE_PRODUCT.id, product: USAGE_PRODUCT }).andThen(() =>
      newPrice(calls, at, {
        product: USAGE_PRODUCT.id,
        currency,
        unit_amount: 1,
        recurring: {
          interval: every.interval,
          interval_count: every.count,
          usage_type: 'metered',
          meter,
        },
        lookup_key: key,
      }),
    ),
  );
};

/** Beyond this a number would no longer be the amount that was meant. */
const isExact = (amount: bigint): boolean => amount >= 0n && amount <= BigInt(Number.MAX_SAFE_INTEGER);

/** Products and prices at Stripe; the key of a wanted price is its lookup key. */
export const stripeCatalogue = (calls: Calls): Catalogue => ({
  price: (at, id) =>
    calls(at, (stripe) => stripe.prices.retrieve(id))
      .map(priceView)
      .mapErr(missingOnly('price')),
  ensurePrice: (at, wanted) => {
    if (!isExact(wanted.amount))
      return errAsync({
        kind: 'processor_refused',
        code: 'invalid_amount',
        reason: 'The amount is out of range.',
      });
    return findPrice(calls, at, wanted.key)
      .andThen((found) =>
        found
          ? okAsync(found)
          : ensureProduct(calls, at, wanted).andThen(() => createPrice(calls, at, wanted)),
      )
      .andThen((price) => asWanted(price, wanted))
      .mapErr(neverMissing);
  },
  ensureUsagePrice: (at, wanted) =>
    findPrice(calls, at, usageKey(wanted))
      .andThen((found) => (found ? okAsync(found) : createUsagePrice(calls, at, wanted)))
      .mapErr(neverMissing),
});
