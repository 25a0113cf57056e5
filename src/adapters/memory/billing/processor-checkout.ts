import { err, ok, type Result } from 'neverthrow';
import { type UsageTerms, usageKey } from '../../../domain/billing/usage-price.js';
import { HOUR, plus } from '../../../domain/shared/time.js';
import type { Catalogue, PriceView } from '../../../ports/billing/catalogue.js';
import type { Checkout, CheckoutSession } from '../../../ports/billing/checkout.js';
import type { ProcessorMissing, ProcessorRefused } from '../../../ports/billing/processor.js';
import { beside, priceOf, sellable } from './processor-items.js';
import type { Session, World } from './processor-records.js';
import { type Calls, missing, refused } from './processor-world.js';

const PAGES = 'https://pay.invalid';
const DAY_OF_A_SESSION = 24 * HOUR;

type Wanted = Parameters<Catalogue['ensurePrice']>[1];
type SessionWanted = Parameters<Checkout['open']>[1];

const agrees = (price: PriceView, { currency, amount, every, product }: Wanted): boolean =>
  price.productId === product.id &&
  price.currency === currency &&
  price.amount === amount &&
  price.every?.interval === every.interval &&
  price.every.count === every.count;

const ensurePrice = (world: World, wanted: Wanted): Result<PriceView, ProcessorRefused> => {
  const found = world.prices.get(world.lookups.get(wanted.key) ?? '');
  if (found)
    return agrees(found, wanted)
      ? ok(found)
      : err(refused('lookup_key_in_use', 'That price has other terms.'));
  if (wanted.amount < 0n) return err(refused('invalid_amount', 'The amount is out of range.'));
  const price: PriceView = {
    id: world.id('price'),
    productId: wanted.product.id,
    active: true,
    currency: wanted.currency,
    amount: wanted.amount,
    every: wanted.every,
    metered: false,
  };
  world.prices.set(price.id, price);
  world.lookups.set(wanted.key, price.id);
  return ok(price);
};

const ensureUsagePrice = (world: World, { currency, every }: UsageTerms): PriceView => {
  const key = usageKey({ currency, every });
  const found = world.prices.get(world.lookups.get(key) ?? '');
  if (found) return found;
  const price: PriceView = {
    id: world.id('price'),
    productId: 'prod_usage',
    active: true,
    currency,
    amount: undefined,
    every,
    metered: true,
  };
  world.prices.set(price.id, price);
  world.lookups.set(key, price.id);
  return price;
};

/** Products and prices, found by what they were made with for as long as there are any. */
export const memoryCatalogue = (calls: Calls): Catalogue => ({
  price: (at, id) => calls.plain(at, 'price', (world) => priceOf(world, id)),
  ensurePrice: (at, wanted) => calls.plain(at, 'ensurePrice', (world) => ensurePrice(world, wanted)),
  ensureUsagePrice: (at, wanted) =>
    calls.plain(at, 'ensureUsagePrice', (world) => ok(ensureUsagePrice(world, wanted))),
});

const paysOnce = (world: World, id: string): Result<PriceView, ProcessorMissing | ProcessorRefused> =>
  priceOf(world, id).andThen((price) =>
    price.active && price.every === undefined
      ? ok(price)
      : err(refused('invalid_request', 'The price is not active, or paid more than once.')),
  );

const suits = (
  world: World,
  { mode, price, usage }: SessionWanted,
): Result<unknown, ProcessorMissing | ProcessorRefused> => {
  if (mode === 'setup') return ok(undefined);
  if (price === undefined) return err(refused('parameter_missing', 'There is no price.'));
  if (mode === 'payment') return paysOnce(world, price);
  return sellable(world, price).andThen((plan) =>
    usage === undefined ? ok(undefined) : beside(world, plan, usage),
  );
};

const open = (world: World, wanted: SessionWanted): CheckoutSession => {
  const { customer, mode, price, usage, labels } = wanted;
  const id = world.id('cs');
  const expiresAt = plus(world.now(), DAY_OF_A_SESSION);
  const session: Session = {
    id,
    customer,
    mode,
    price: mode === 'setup' ? undefined : price,
    usage: mode === 'subscription' ? usage : undefined,
    labels,
    expiresAt,
    status: 'open',
  };
  world.sessions.set(id, session);
  return { id, url: `${PAGES}/${id}`, expiresAt };
};

const ensureCustomer = (world: World, { key, labels }: Parameters<Checkout['ensureCustomer']>[1]): string => {
  const found = [...world.customers.values()].find((customer) => customer.key === key);
  if (found) return found.id;
  const id = world.id('cus');
  world.customers.set(id, { id, key, labels, card: undefined, credit: 0n });
  return id;
};

const customerIn = (world: World, id: string): Result<void, ProcessorMissing> =>
  world.customers.has(id) ? ok(undefined) : err(missing('customer'));

/** Pages that nobody can look at; `complete` of the hooks is who pays there. */
export const memoryCheckout = (calls: Calls): Checkout => ({
  ensureCustomer: (at, person) =>
    calls.plain(at, 'ensureCustomer', (world) => ok(ensureCustomer(world, person))),
  open: (at, wanted) =>
    calls.keyed(at, 'open', wanted, (world) =>
      customerIn(world, wanted.customer)
        .andThen(() => suits(world, wanted))
        .map(() => open(world, wanted)),
    ),
  expire: (at, sessionId) =>
    calls.plain(at, 'expire', (world) => {
      const session = world.sessions.get(sessionId);
      if (session === undefined) return err(missing('checkout session'));
      if (session.status === 'open') session.status = 'expired';
      return ok(undefined);
    }),
  portal: (at, { customer }) =>
    calls.plain(at, 'portal', (world) =>
      customerIn(world, customer).map(() => ({ url: `${PAGES}/${world.id('bps')}` })),
    ),
});
