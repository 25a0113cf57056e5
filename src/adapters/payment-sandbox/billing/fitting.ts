import { err, ok, type Result } from 'neverthrow';
import { invalid, missing, type Refusal } from '../api/refusal.js';
import { known, own } from '../lookup.js';
import type { State } from '../state.js';

/** A recurring price that can be sold now. */
export const sellable = (state: State, id: string, param: string): Result<string, Refusal> => {
  const price = own(state.prices, id);
  if (price === undefined) return err(missing('price', id, param));
  if (!price.active)
    return err(invalid('The price specified is inactive. This field only accepts active prices.', { param }));
  if (price.cycle === null)
    return err(
      invalid(
        'The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.',
        { param },
      ),
    );
  return ok(id);
};

/** Whether a meter counts what is paid at this price. */
export const isMetered = (state: State, price: string): boolean => known(state.prices, price).meter !== null;

/** A meter counts, and nobody else says how many. */
export const noQuantity = (param: string): Refusal =>
  invalid('You cannot set the quantity for metered plans', { param });

type Priced = { readonly price: string };

/** Every item at the same interval, in one currency, no price twice: what Stripe asks of a subscription. */
export const fitting = <T extends Priced>(
  state: State,
  items: readonly T[],
): Result<readonly T[], Refusal> => {
  const prices = items.map((item) => known(state.prices, item.price));
  const distinct = (values: readonly string[]): number => new Set(values).size;
  if (items.length === 0)
    return err(invalid('A subscription must have at least one active plan.', { param: 'items' }));
  if (distinct(prices.map(({ id }) => id)) < items.length)
    return err(invalid('Cannot add multiple subscription items with the same plan.', { param: 'items' }));
  if (distinct(prices.map(({ currency }) => currency)) > 1)
    return err(invalid('All prices on a subscription must have the same `currency`.', { param: 'items' }));
  if (distinct(prices.map(({ cycle }) => JSON.stringify(cycle))) > 1)
    return err(
      invalid(
        'All prices on a subscription must have the same `recurring.interval` and `recurring.interval_count`.',
        { param: 'items' },
      ),
    );
  return ok(items);
};

/** A subscription stays in the currency that it began in. */
export const inCurrency = <T extends Priced>(
  state: State,
  items: readonly T[],
  currency: string | undefined,
): Result<readonly T[], Refusal> => {
  const other = items
    .map(({ price }) => known(state.prices, price).currency)
    .find((one) => one !== (currency ?? one));
  return other === undefined
    ? ok(items)
    : err(
        invalid(
          `The price specified only supports \`${other}\`. This doesn't match the expected currency: \`${currency}\`.`,
          { param: 'items' },
        ),
      );
};
