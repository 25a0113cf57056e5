import { err, ok, type Result } from 'neverthrow';
import { invalid, missing, type Refusal } from '../api/refusal.js';
import { known } from '../lookup.js';
import type { Cycle, ItemRecord, Labels, LineRecord, Seconds, Span, SubscriptionRecord } from '../records.js';
import type { State } from '../state.js';
import type { World } from '../world.js';
import { boundary } from './calendar.js';
import { fitting, inCurrency, isMetered, noQuantity, sellable } from './fitting.js';
import { advanceLines, credits, debits, usageLines } from './lines.js';

export type ItemChange = {
  readonly id?: string | undefined;
  readonly price?: string | undefined;
  readonly quantity?: number | undefined;
  readonly deleted?: boolean | undefined;
  readonly metadata?: Labels | undefined;
};

export type ProrationBehaviour = 'none' | 'create_prorations' | 'always_invoice';

/** From when on an item at a meter's price counts: from the moment that it has that price. */
const sinceOf = (world: World, before: ItemRecord | undefined, price: string): Pick<ItemRecord, 'since'> => {
  if (before === undefined) return {};
  if (before.price !== price) return { since: world.now() };
  return before.since === undefined ? {} : { since: before.since };
};

const itemOf = (
  world: World,
  before: ItemRecord | undefined,
  change: ItemChange,
  param: string,
): Result<ItemRecord, Refusal> => {
  const price = change.price ?? before?.price ?? '';
  const metered = isMetered(world.state, price);
  if (metered && change.quantity !== undefined) return err(noQuantity(`${param}[quantity]`));
  return ok({
    id: before?.id ?? world.id('si'),
    created: before?.created ?? world.now(),
    price,
    quantity: metered ? null : (change.quantity ?? before?.quantity ?? 1),
    ...sinceOf(world, before, price),
    metadata: change.metadata ?? before?.metadata ?? {},
  });
};

const changed = (
  world: World,
  items: readonly ItemRecord[],
  change: ItemChange,
  param: string,
): Result<readonly ItemRecord[], Refusal> => {
  const before = items.find(({ id }) => id === change.id);
  if (change.id !== undefined && before === undefined)
    return err(missing('subscription_item', change.id, `${param}[id]`));
  if (change.deleted) return ok(items.filter((item) => item !== before));
  if (before === undefined && change.price === undefined)
    return err(invalid(`Missing required param: ${param}[price].`, { code: 'parameter_missing', param }));
  const priced = change.price === undefined ? ok('') : sellable(world.state, change.price, `${param}[price]`);
  return priced
    .andThen(() => itemOf(world, before, change, param))
    .map((after) => (before ? items.map((item) => (item === before ? after : item)) : [...items, after]));
};

/** The items after all changes, one after another. */
export const itemsAfter = (
  world: World,
  { items, currency }: { readonly items: readonly ItemRecord[]; readonly currency?: string },
  changes: readonly ItemChange[],
): Result<readonly ItemRecord[], Refusal> =>
  changes
    .reduce<Result<readonly ItemRecord[], Refusal>>(
      (sofar, change, index) => sofar.andThen((found) => changed(world, found, change, `items[${index}]`)),
      ok(items),
    )
    .andThen((found) => fitting(world.state, found))
    .andThen((found) => inCurrency(world.state, found, currency));

/** The interval of a subscription: of its first item, since all have the same. */
export const cycleOf = (state: State, items: readonly ItemRecord[]): Cycle => {
  const [first] = items;
  const cycle = first && known(state.prices, first.price).cycle;
  if (!cycle) throw new Error('a subscription has a recurring item');
  return cycle;
};

/** Everything that a change of items comes to; a preview and the change itself are the same plan. */
export type ChangePlan = {
  readonly items: readonly ItemRecord[];
  readonly anchor: Seconds;
  readonly period: Span;
  /** Of an invoice now, where there is one; else they wait for the next. */
  readonly lines: readonly LineRecord[];
  readonly invoiced: boolean;
};

const advance = (state: State, items: readonly ItemRecord[]): number =>
  items.reduce(
    (sum, { price, quantity }) => sum + known(state.prices, price).unitAmount * (quantity ?? 0),
    0,
  );

const beginsAnew = (state: State, before: readonly ItemRecord[], after: readonly ItemRecord[]): boolean =>
  JSON.stringify(cycleOf(state, after)) !== JSON.stringify(cycleOf(state, before)) ||
  (advance(state, before) === 0 && advance(state, after) > 0);

type How = { readonly at: Seconds; readonly proration: ProrationBehaviour };

const anewPlan = (
  world: World,
  subscription: SubscriptionRecord,
  items: readonly ItemRecord[],
  { at, proration }: How,
): ChangePlan => {
  const now = world.now();
  const period = { start: now, end: boundary(now, cycleOf(world.state, items), 1) };
  const given = proration === 'none' ? [] : credits(world, subscription.items, [], subscription.period, at);
  const used = usageLines(world, subscription, { start: subscription.period.start, end: now });
  const lines = [...subscription.pending, ...used, ...given, ...advanceLines(world, items, period)];
  return { items, anchor: now, period, lines, invoiced: true };
};

/** What a meter has counted for items that go, or go over to another price, is billed as they do. */
const usedBefore = (
  world: World,
  { customer, items: before, period }: SubscriptionRecord,
  items: readonly ItemRecord[],
): readonly LineRecord[] => {
  const gone = before.filter(
    ({ id, price }) => !items.some((item) => item.id === id && item.price === price),
  );
  return usageLines(world, { customer, items: gone }, { start: period.start, end: world.now() });
};

/** Another interval, or the first price above nothing, begins a new period; else the rest of this one is prorated. */
export const planChange = (
  world: World,
  subscription: SubscriptionRecord,
  items: readonly ItemRecord[],
  how: How,
): ChangePlan => {
  const { items: before, anchor, period, pending } = subscription;
  if (beginsAnew(world.state, before, items)) return anewPlan(world, subscription, items, how);
  const prorated =
    how.proration === 'none'
      ? []
      : [
          ...usedBefore(world, subscription, items),
          ...credits(world, before, items, period, how.at),
          ...debits(world, before, items, period, how.at),
        ];
  const invoiced = how.proration === 'always_invoice' && prorated.length > 0;
  return { items, anchor, period, lines: [...pending, ...prorated], invoiced };
};
