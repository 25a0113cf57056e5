import type { Instant } from '../shared/time.js';
import type { Customer } from './customer.js';
import { isLabelledFor } from './labels.js';
import { endedAt, mirrored, standsAsBefore, type ViewedSubscription } from './mirror.js';
import { canonicalStatus, isLive, type Subscription } from './subscription.js';

/** A row to be written; without `before` it is a new one. */
export type MirrorChange = { readonly before?: Subscription | undefined; readonly after: Subscription };

/** What brings our rows of a customer to where the processor is. */
export type MirrorPlan = {
  /** In an order in which at no moment two are live. */
  readonly changes: readonly MirrorChange[];
  /** Live beside an older one: to be ended at the processor. Until that is done no row becomes live. */
  readonly surplus: readonly string[];
  /** The processor's ids of those that are over, and of those that are live beside none. */
  readonly over: readonly string[];
  readonly sole: readonly string[];
  /** Live, and somebody else's business with the same customer: left alone. */
  readonly foreign: readonly string[];
};

type Found = {
  readonly customer: Customer;
  readonly rows: readonly Subscription[];
  /** All that the processor has of the customer, newest first. */
  readonly views: readonly ViewedSubscription[];
  readonly newId: () => string;
  /** Our id of a price of the processor's. */
  readonly priceIdOf: (processorId: string) => string | undefined;
  readonly at: Instant;
};

const viewIsLive = ({ status }: ViewedSubscription): boolean => isLive({ status: canonicalStatus(status) });

/** Bought here, at a price that is sold here, or taken for ours before. */
const isOurs =
  ({ rows, customer, priceIdOf }: Found) =>
  ({ id, price, labels }: ViewedSubscription): boolean =>
    isLabelledFor(labels, customer) ||
    priceIdOf(price) !== undefined ||
    rows.some(({ processor }) => processor?.id === id);

/** Live ones beside the oldest; where two began in the same second the processor's order tells. */
const surplusAmong = (views: readonly ViewedSubscription[]): readonly ViewedSubscription[] =>
  views
    .filter(viewIsLive)
    .reverse()
    .sort((a, b) => a.createdAt - b.createdAt)
    .slice(1);

const changeOf = (
  view: ViewedSubscription,
  { rows, customer, newId, priceIdOf, at }: Found,
): readonly MirrorChange[] => {
  const before = rows.find(({ processor }) => processor?.id === view.id);
  const after = mirrored(before, view, {
    id: before?.id ?? newId(),
    sellerId: customer.sellerId,
    customerId: customer.id,
    priceId: priceIdOf(view.price),
    at,
  });
  return standsAsBefore(before, after) ? [] : [{ before, after }];
};

/** What we kept ourselves gives way to what is paid for. */
const givingWay = ({ rows, at }: Found): readonly MirrorChange[] =>
  rows
    .filter((row) => row.truthSource === 'derived' && isLive(row))
    .map((before) => ({ before, after: endedAt(before, at) }));

/** Compares our rows of a customer with what the processor has of it. */
export const mirrorPlan = (found: Found): MirrorPlan => {
  const views = found.views.filter(isOurs(found));
  const foreign = found.views.filter((view) => viewIsLive(view) && !views.includes(view)).map(({ id }) => id);
  const second = surplusAmong(views);
  const surplus = second.map(({ id }) => id);
  const changes = views.filter((view) => !second.includes(view)).flatMap((view) => changeOf(view, found));
  const quiet = changes.filter(({ after }) => !isLive(after));
  const over = views.filter(({ status }) => canonicalStatus(status) === 'ended').map(({ id }) => id);
  const sole = views.filter((view) => viewIsLive(view) && !second.includes(view)).map(({ id }) => id);
  if (surplus.length > 0) return { changes: quiet, surplus, over, sole, foreign };
  const replaced = views.some(viewIsLive) ? givingWay(found) : [];
  const live = changes.filter(({ after }) => isLive(after));
  return { changes: [...replaced, ...quiet, ...live], surplus, over, sole, foreign };
};

/** The same for an account that is gone: nobody is there who could use or end what is live, so all of it is too much. */
export const planWithoutAccount = (plan: MirrorPlan): MirrorPlan => ({
  ...plan,
  surplus: [...plan.surplus, ...plan.sole],
  sole: [],
});
