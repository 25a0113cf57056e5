import { err, ok, type Result } from 'neverthrow';
import { own } from '../lookup.js';
import { priceWire, productWire } from '../wire/catalogue.js';
import { cardWire, customerWire } from '../wire/customer.js';
import { invoiceWire } from '../wire/invoice.js';
import { scheduleWire, subscriptionWire } from '../wire/subscription.js';
import type { World } from '../world.js';
import { invalid, type Refusal } from './refusal.js';

type Fields = { [name: string]: unknown };
type Whole = (world: World, id: string) => object | undefined;

const from =
  <K extends 'customers' | 'products' | 'prices' | 'cards' | 'invoices' | 'schedules' | 'subscriptions'>(
    kind: K,
    toWire: (world: World, record: World['state'][K][string]) => object,
  ): Whole =>
  (world, id) => {
    const record = own(world.state[kind] as Record<string, World['state'][K][string]>, id);
    return record && toWire(world, record);
  };

const invoice = from('invoices', (world, record) => invoiceWire(world.state, record, world.base));
const card = from('cards', (_world, record) => cardWire(record));

/** Fields that hold the id of something, and what it is. */
const EXPANDABLE: Readonly<Record<string, Whole>> = {
  customer: from('customers', (_world, record) => customerWire(record)),
  product: from('products', (_world, record) => productWire(record)),
  price: from('prices', (_world, record) => priceWire(record)),
  subscription: from('subscriptions', (world, record) => subscriptionWire(world.state, record)),
  schedule: from('schedules', (world, record) => scheduleWire(record, world.now())),
  invoice,
  latest_invoice: invoice,
  payment_method: card,
  default_payment_method: card,
};

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

const refused = (path: string): Result<object, Refusal> =>
  err(invalid(`This property cannot be expanded (${path}).`, { param: 'expand' }));

const inField = (
  world: World,
  object: Fields,
  [name = '', ...rest]: readonly string[],
  path: string,
): Result<object, Refusal> => {
  const value = object[name];
  const whole = own(EXPANDABLE, name);
  if (value === null) return ok(object);
  const reached = typeof value === 'string' ? whole?.(world, value) : isObject(value) ? value : undefined;
  if (reached === undefined) return refused(path);
  return (rest.length === 0 ? ok(reached) : expandOne(world, reached, rest, path)).map((inner) => ({
    ...object,
    [name]: inner,
  }));
};

const expandOne = (
  world: World,
  object: object,
  steps: readonly string[],
  path: string,
): Result<object, Refusal> => {
  if (!Array.isArray(object)) return inField(world, object as Fields, steps, path);
  return object.reduce<Result<object[], Refusal>>(
    (sofar, one: object) =>
      sofar.andThen((done) => expandOne(world, one, steps, path).map((next) => [...done, next])),
    ok([]),
  );
};

/** Puts whole objects where their ids are, along the paths that were asked for. */
export const expand = (world: World, object: object, paths: readonly string[]): Result<object, Refusal> =>
  paths.reduce<Result<object, Refusal>>(
    (sofar, path) =>
      sofar.andThen((found) =>
        path.split('.').length > 6 ? refused(path) : expandOne(world, found, path.split('.'), path),
      ),
    ok(object),
  );
