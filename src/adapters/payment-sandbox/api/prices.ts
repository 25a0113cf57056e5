import { err, ok, type Result } from 'neverthrow';
import * as z from 'zod';
import { newestFirst, own } from '../lookup.js';
import type { PriceRecord, ProductRecord } from '../records.js';
import { priceWire } from '../wire/catalogue.js';
import type { World } from '../world.js';
import { endpoint } from './endpoint.js';
import { Flag, listOf, Metadata, orNothing, PAGE, Text, Whole } from './fields.js';
import { page, relabelled } from './lists.js';
import { ProductId, productOf } from './products.js';
import { invalid, missing, type Refusal } from './refusal.js';

const price = ({ state }: World, id: string): Result<PriceRecord, Refusal> => {
  const found = own(state.prices, id);
  return found ? ok(found) : err(missing('price', id));
};

const Recurring = z.strictObject({
  interval: z.enum(['day', 'week', 'month', 'year']),
  interval_count: Whole.pipe(z.number().min(1).max(365)).default(1),
  usage_type: z.enum(['licensed', 'metered']).default('licensed'),
  meter: Text.optional(),
});

const NewPrice = {
  currency: Text.regex(/^[a-z]{3}$/, 'a lower-case currency code'),
  unit_amount: Whole.pipe(z.number().min(0).max(99_999_999)),
  product: Text.optional(),
  product_data: z
    .strictObject({ id: ProductId.optional(), name: Text, metadata: Metadata.optional() })
    .optional(),
  recurring: Recurring.optional(),
  lookup_key: Text.max(200).optional(),
  transfer_lookup_key: Flag.optional(),
  nickname: Text.optional(),
  active: Flag.optional(),
  metadata: orNothing(Metadata).optional(),
};

type NewPriceFields = z.output<z.ZodObject<typeof NewPrice>>;

const meterOf = (world: World, recurring: NewPriceFields['recurring']): Result<string | null, Refusal> => {
  if (recurring?.usage_type !== 'metered')
    return recurring?.meter === undefined
      ? ok(null)
      : err(invalid('`recurring[meter]` is only for metered prices.', { param: 'recurring[meter]' }));
  if (recurring.meter === undefined)
    return err(
      invalid('Missing required param: recurring[meter].', {
        code: 'parameter_missing',
        param: 'recurring[meter]',
      }),
    );
  return own(world.state.meters, recurring.meter)
    ? ok(recurring.meter)
    : err(missing('billing meter', recurring.meter, 'recurring[meter]'));
};

const productFor = (
  world: World,
  { product: id, product_data: data }: NewPriceFields,
): Result<string, Refusal> => {
  if (id !== undefined) return productOf(world, id, 'product').map((found) => found.id);
  if (data === undefined)
    return err(invalid('You must specify either `product` or `product_data`.', { param: 'product' }));
  const made: ProductRecord = {
    id: data.id ?? world.id('prod'),
    created: world.now(),
    name: data.name,
    active: true,
    description: null,
    metadata: relabelled({}, data.metadata),
  };
  if (own(world.state.products, made.id))
    return err(
      invalid(`Product already exists: ${made.id}`, {
        code: 'resource_already_exists',
        param: 'product_data[id]',
      }),
    );
  world.state.products[made.id] = made;
  return ok(made.id);
};

/** A lookup key belongs to one price; another one only gets it when it is told to take it over. */
const claimKey = (
  { state }: World,
  key: string | undefined,
  take: boolean | undefined,
): Result<void, Refusal> => {
  const holder = Object.values(state.prices).find(({ lookupKey }) => key !== undefined && lookupKey === key);
  if (holder === undefined) return ok(undefined);
  if (!take)
    return err(
      invalid(`A price (\`${holder.id}\`) already uses that lookup key.`, {
        code: 'resource_already_exists',
        param: 'lookup_key',
      }),
    );
  holder.lookupKey = null;
  return ok(undefined);
};

const makePrice = (world: World, fields: NewPriceFields): Result<object, Refusal> =>
  meterOf(world, fields.recurring).andThen((meter) =>
    claimKey(world, fields.lookup_key, fields.transfer_lookup_key)
      .andThen(() => productFor(world, fields))
      .map((of) => {
        const made: PriceRecord = {
          id: world.id('price'),
          created: world.now(),
          product: of,
          currency: fields.currency,
          unitAmount: fields.unit_amount,
          cycle: fields.recurring
            ? { interval: fields.recurring.interval, count: fields.recurring.interval_count }
            : null,
          meter,
          active: fields.active ?? true,
          lookupKey: fields.lookup_key ?? null,
          nickname: fields.nickname ?? null,
          metadata: relabelled({}, fields.metadata),
        };
        world.state.prices[made.id] = made;
        world.tell('price.created', priceWire(made));
        return priceWire(made);
      }),
  );

/** Prices. */
export const priceEndpoints = [
  endpoint('POST /v1/prices', NewPrice, ({ world, fields }) => makePrice(world, fields)),
  endpoint('GET /v1/prices/:id', {}, ({ world, id }) => price(world, id).map(priceWire)),
  endpoint(
    'POST /v1/prices/:id',
    { active: Flag.optional(), nickname: Text.optional(), metadata: orNothing(Metadata).optional() },
    ({ world, id, fields }) =>
      price(world, id).map((found) => {
        found.active = fields.active ?? found.active;
        found.nickname = fields.nickname ?? found.nickname;
        found.metadata = relabelled(found.metadata, fields.metadata);
        return priceWire(found);
      }),
  ),
  endpoint(
    'GET /v1/prices',
    {
      ...PAGE,
      active: Flag.optional(),
      product: Text.optional(),
      currency: Text.optional(),
      type: z.enum(['recurring', 'one_time']).optional(),
      lookup_keys: listOf(Text, 10).optional(),
    },
    ({ world, fields }) =>
      page(
        newestFirst(world.state.prices).filter(
          (found) =>
            (fields.active ?? found.active) === found.active &&
            (fields.product ?? found.product) === found.product &&
            (fields.currency ?? found.currency) === found.currency &&
            (fields.type === undefined || (fields.type === 'recurring') === (found.cycle !== null)) &&
            (fields.lookup_keys === undefined || fields.lookup_keys.includes(found.lookupKey ?? '')),
        ),
        fields,
        '/v1/prices',
        priceWire,
      ),
  ),
];
