import { err, ok, type Result } from 'neverthrow';
import { sameRhythm } from '../../../domain/billing/plan-prices.js';
import { isUsageKey } from '../../../domain/billing/usage-price.js';
import type { PriceView } from '../../../ports/billing/catalogue.js';
import type { ProcessorMissing, ProcessorRefused } from '../../../ports/billing/processor.js';
import { known } from './processor-invoicing.js';
import type { Item, Subscription, World } from './processor-records.js';
import { missing, refused } from './processor-world.js';

type Refusal = ProcessorMissing | ProcessorRefused;

export const priceOf = (world: World, id: string): Result<PriceView, ProcessorMissing> => {
  const found = world.prices.get(id);
  return found ? ok(found) : err(missing('price'));
};

/** A price that can be subscribed to. */
export const sellable = (world: World, id: string): Result<PriceView, ProcessorMissing | ProcessorRefused> =>
  priceOf(world, id).andThen((price) => {
    if (!price.active) return err(refused('invalid_request', 'The price is not active.'));
    return price.every === undefined || price.metered
      ? err(refused('invalid_request', 'The price is not paid in advance for every period.'))
      : ok(price);
  });

/** All prices of a subscription have one rhythm and one currency. */
const fits = (plan: PriceView, { every, currency }: PriceView): boolean =>
  plan.every !== undefined &&
  every !== undefined &&
  sameRhythm(plan.every, every) &&
  plan.currency === currency;

/** A price by usage that a subscription to this plan may have. */
export const beside = (world: World, plan: PriceView, id: string): Result<PriceView, Refusal> =>
  priceOf(world, id).andThen((usage) => {
    if (!usage.active || !usage.metered)
      return err(refused('invalid_request', 'The price is not active, or not paid by usage.'));
    return fits(plan, usage)
      ? ok(usage)
      : err(refused('invalid_request', 'All prices must have the same interval and currency.'));
  });

/** All of these beside a plan. */
export const besideAll = (
  world: World,
  plan: PriceView,
  metered: readonly Item[],
): Result<readonly Item[], Refusal> =>
  metered.reduce<Result<readonly Item[], Refusal>>(
    (before, { price }) => before.andThen((items) => beside(world, plan, price).map(() => items)),
    ok(metered),
  );

const isUsage = (world: World, price: string): boolean =>
  [...world.lookups].some(([key, id]) => id === price && isUsageKey(key));

/** The item that carries what `Meters` is told. */
export const usageItemOf = (world: World, { metered }: Pick<Subscription, 'metered'>): Item | undefined =>
  metered.find(({ price }) => isUsage(world, price));

/** The items by usage once that one has gone over to another price, or away. */
export const meteredWith = (
  world: World,
  { metered }: Pick<Subscription, 'metered'>,
  usage: string | undefined,
): readonly Item[] =>
  metered.flatMap((item) => {
    if (!isUsage(world, item.price)) return [item];
    return usage === undefined ? [] : [{ ...item, price: usage }];
  });

/** Prices stay in the currency that the subscription began in. */
export const inCurrencyOf = (
  world: World,
  { base }: Pick<Subscription, 'base'>,
  to: PriceView,
): Result<PriceView, ProcessorRefused> =>
  known(world.prices, base.price).currency === to.currency
    ? ok(to)
    : err(refused('invalid_request', 'The subscription is in another currency.'));
