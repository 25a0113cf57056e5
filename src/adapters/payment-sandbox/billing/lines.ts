import { known } from '../lookup.js';
import type { ItemRecord, LineRecord, PriceRecord, Seconds, Span, SubscriptionRecord } from '../records.js';
import type { State } from '../state.js';
import type { World } from '../world.js';
import { rest } from './proration.js';
import { dayText, priceText } from './words.js';

const nameOf = (state: State, price: PriceRecord): string => known(state.products, price.product).name;

/** Of the items that are paid in advance: for the whole of a period. */
export const advanceLines = (
  { state, id }: World,
  items: readonly ItemRecord[],
  period: Span,
): readonly LineRecord[] =>
  items.flatMap((item) => {
    if (item.quantity === null) return [];
    const price = known(state.prices, item.price);
    return [
      {
        id: id('il'),
        amount: price.unitAmount * item.quantity,
        description: `${item.quantity} × ${priceText(known(state.products, price.product), price)}`,
        period,
        price: price.id,
        quantity: item.quantity,
        proration: false,
        item: item.id,
      },
    ];
  });

/** What the meter of a price has counted for a customer in a period. */
const used = (state: State, meterId: string, customer: string, period: Span): number => {
  const meter = known(state.meters, meterId);
  const events = Object.values(state.usage).filter(
    (event) =>
      event.eventName === meter.eventName &&
      event.customer === customer &&
      period.start <= event.timestamp &&
      event.timestamp < period.end,
  );
  if (meter.formula === 'count') return events.length;
  if (meter.formula === 'last')
    return events.toSorted((a, b) => a.timestamp - b.timestamp).at(-1)?.value ?? 0;
  return events.reduce((sum, { value }) => sum + value, 0);
};

/** What was counted before there was an item to bill it by is on no invoice of it. */
const countedIn = ({ since, created }: ItemRecord, { start, end }: Span): Span => ({
  start: Math.max(start, since ?? created),
  end,
});

/** Of those of the items that are paid in arrear: what was used in a period. */
export const usageLines = (
  { state, id }: World,
  { customer, items }: Pick<SubscriptionRecord, 'customer' | 'items'>,
  period: Span,
): readonly LineRecord[] =>
  items.flatMap((item) => {
    const price = known(state.prices, item.price);
    if (price.meter === null) return [];
    const quantity = used(state, price.meter, customer, countedIn(item, period));
    return [
      {
        id: id('il'),
        amount: price.unitAmount * quantity,
        description: `${quantity} × ${priceText(known(state.products, price.product), price)}`,
        period,
        price: price.id,
        quantity,
        proration: false,
        item: item.id,
      },
    ];
  });

const prorated = (
  { state, id }: World,
  item: ItemRecord & { readonly quantity: number },
  period: Span,
  at: Seconds,
  sign: 1 | -1,
): LineRecord => {
  const price = known(state.prices, item.price);
  const many = item.quantity === 1 ? '' : `${item.quantity} × `;
  const name = `${many}${nameOf(state, price)} after ${dayText(at)}`;
  return {
    id: id('il'),
    amount: sign * rest(price.unitAmount * item.quantity, period, at),
    description: sign === -1 ? `Unused time on ${name}` : `Remaining time on ${name}`,
    period: { start: at, end: period.end },
    price: price.id,
    quantity: item.quantity,
    proration: true,
    item: item.id,
  };
};

const licensed = (items: readonly ItemRecord[]) =>
  items.flatMap((item) => (item.quantity === null ? [] : [{ ...item, quantity: item.quantity }]));

const same = (a: ItemRecord, b: ItemRecord): boolean => a.price === b.price && a.quantity === b.quantity;

/** The rest of the period is given back at the old items. */
export const credits = (
  world: World,
  before: readonly ItemRecord[],
  after: readonly ItemRecord[],
  period: Span,
  at: Seconds,
): readonly LineRecord[] =>
  licensed(before)
    .filter((item) => !after.some((other) => other.id === item.id && same(item, other)))
    .map((item) => prorated(world, item, period, at, -1));

/** And charged at the new ones. */
export const debits = (
  world: World,
  before: readonly ItemRecord[],
  after: readonly ItemRecord[],
  period: Span,
  at: Seconds,
): readonly LineRecord[] =>
  licensed(after)
    .filter((item) => !before.some((other) => other.id === item.id && same(item, other)))
    .map((item) => prorated(world, item, period, at, 1));
