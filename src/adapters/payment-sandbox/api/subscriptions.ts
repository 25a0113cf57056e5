import { err, ok, type Result } from 'neverthrow';
import * as z from 'zod';
import { type ChangePlan, type ItemChange, itemsAfter, planChange } from '../billing/change.js';
import { cardBehind, outcomeOf } from '../billing/charge.js';
import { draftInvoice, endSubscription } from '../billing/invoices.js';
import { applyChange } from '../billing/subscriptions.js';
import { own } from '../lookup.js';
import type { SubscriptionRecord } from '../records.js';
import { endsAt, scheduleWire, subscriptionWire } from '../wire/subscription.js';
import { changeSubscription, type World } from '../world.js';
import { endpoint } from './endpoint.js';
import { Flag, listOf, Metadata, orNothing, Text, Whole } from './fields.js';
import { relabelled } from './lists.js';
import { invalid, missing, type Refusal, unpaid } from './refusal.js';

/** The subscription with this id. */
export const subscriptionOf = (
  { state }: World,
  id: string,
  param?: string,
): Result<SubscriptionRecord, Refusal> => {
  const found = own(state.subscriptions, id);
  return found ? ok(found) : err(missing('subscription', id, param));
};

/** What a change of items is asked with; a preview is asked with the same. */
export const Item = z.strictObject({
  id: Text.optional(),
  price: Text.optional(),
  quantity: Whole.pipe(z.number().min(0).max(999_999)).optional(),
  deleted: Flag.optional(),
  metadata: Metadata.optional(),
});
export const Proration = z.enum(['none', 'create_prorations', 'always_invoice']);

/** A moment to prorate to lies in the running period. */
export const prorationAt = (
  world: World,
  subscription: SubscriptionRecord,
  asked: number | undefined,
  param: string,
): Result<number, Refusal> => {
  const at = asked ?? world.now();
  return asked !== undefined && (at < subscription.period.start || at > subscription.period.end)
    ? err(
        invalid('Invalid proration date: it must be within the current period of the subscription.', {
          param,
        }),
      )
    : ok(at);
};

/** Whether a charge that fails leaves an open invoice, or leaves everything as it was. */
export const PaymentBehaviour = z.enum(['allow_incomplete', 'error_if_incomplete']);

/** Whether the bank would pay what the change charges now; asked before anything is changed. */
const payable = (
  world: World,
  subscription: SubscriptionRecord,
  plan: ChangePlan,
  behaviour: z.output<typeof PaymentBehaviour>,
): Result<void, Refusal> => {
  if (behaviour === 'allow_incomplete' || !plan.invoiced) return ok(undefined);
  const { lines, period } = plan;
  const { amountDue } = draftInvoice(world, subscription, { reason: 'subscription_update', lines, period });
  const outcome = outcomeOf(world, cardBehind(world.state, subscription), amountDue);
  return outcome === 'paid' ? ok(undefined) : err(unpaid(outcome));
};

const Update = {
  items: listOf(Item).optional(),
  proration_behavior: Proration.default('create_prorations'),
  proration_date: Whole.optional(),
  payment_behavior: PaymentBehaviour.default('allow_incomplete'),
  cancel_at_period_end: Flag.optional(),
  cancel_at: orNothing(Whole).optional(),
  metadata: orNothing(Metadata).optional(),
  default_payment_method: Text.optional(),
};
type UpdateFields = z.output<z.ZodObject<typeof Update>>;

const changeItems = (
  world: World,
  subscription: SubscriptionRecord,
  changes: readonly ItemChange[],
  fields: UpdateFields,
): Result<void, Refusal> =>
  prorationAt(world, subscription, fields.proration_date, 'proration_date').andThen((at) =>
    itemsAfter(world, subscription, changes).andThen((items) => {
      const proration = fields.proration_behavior;
      const plan = planChange(world, subscription, items, { at, proration });
      return payable(world, subscription, plan, fields.payment_behavior).map(() =>
        applyChange(world, subscription, plan),
      );
    }),
  );

/** How it ends is said in one way, of the future, and not beside a schedule that says it. */
const endable = (
  world: World,
  { schedule }: SubscriptionRecord,
  { cancel_at_period_end: flag, cancel_at: moment }: UpdateFields,
): Result<void, Refusal> => {
  if (flag !== undefined && moment !== undefined)
    return err(invalid('You may only specify one of these parameters: cancel_at, cancel_at_period_end.'));
  if (typeof moment === 'number' && moment <= world.now())
    return err(invalid('The `cancel_at` timestamp must be in the future.', { param: 'cancel_at' }));
  if (schedule !== null && (flag ?? moment) !== undefined)
    return err(
      invalid(
        `The subscription is managed by the subscription schedule \`${schedule}\`, and updating any cancelation behavior directly is not allowed. Please update the schedule instead.`,
      ),
    );
  return ok(undefined);
};

/** What may not be changed as the subscription stands. */
const changeable = (
  world: World,
  subscription: SubscriptionRecord,
  fields: UpdateFields,
): Result<void, Refusal> => {
  if (subscription.status === 'canceled' || subscription.status === 'incomplete_expired')
    return err(
      invalid('A canceled subscription can only update its cancellation_details and metadata.', {
        code: 'resource_missing',
      }),
    );
  const card = fields.default_payment_method;
  return card === undefined || own(world.state.cards, card)?.customer === subscription.customer
    ? endable(world, subscription, fields)
    : err(missing('PaymentMethod', card, 'default_payment_method'));
};

/** Whichever of both was said last is how it ends, if it does. */
const cancelling = (
  world: World,
  subscription: SubscriptionRecord,
  { cancel_at_period_end: flag, cancel_at: moment }: UpdateFields,
) => {
  if (flag === undefined && moment === undefined) return {};
  const wanted = { cancelAtPeriodEnd: flag ?? false, cancelAt: moment ?? null };
  const ends = endsAt({ ...subscription, ...wanted }) !== null;
  const before = endsAt(subscription) !== null;
  return {
    ...wanted,
    ...(ends !== before && {
      canceledAt: ends ? world.now() : null,
      cancelReason: ends ? ('cancellation_requested' as const) : null,
    }),
  };
};

const update = (
  world: World,
  subscription: SubscriptionRecord,
  fields: UpdateFields,
): Result<object, Refusal> =>
  changeable(world, subscription, fields)
    .andThen(() => (fields.items ? changeItems(world, subscription, fields.items, fields) : ok(undefined)))
    .map(() => {
      changeSubscription(world, subscription.id, {
        ...cancelling(world, subscription, fields),
        metadata: relabelled(subscription.metadata, fields.metadata),
        defaultPaymentMethod: fields.default_payment_method ?? subscription.defaultPaymentMethod,
      });
      return subscriptionWire(world.state, subscription);
    });

const cancelNow = (world: World, subscription: SubscriptionRecord): Result<object, Refusal> => {
  if (subscription.status === 'canceled') return err(missing('subscription', subscription.id));
  if (subscription.schedule !== null) {
    const schedule = own(world.state.schedules, subscription.schedule);
    if (schedule?.status === 'active') {
      Object.assign(schedule, { status: 'canceled', canceledAt: world.now() });
      world.tell('subscription_schedule.canceled', scheduleWire(schedule, world.now()));
    }
  }
  subscription.pending = [];
  endSubscription(world, subscription, 'cancellation_requested');
  return ok(subscriptionWire(world.state, subscription));
};

/** Subscriptions that are there already. */
export const subscriptionEndpoints = [
  endpoint('GET /v1/subscriptions/:id', {}, ({ world, id }) =>
    subscriptionOf(world, id).map((found) => subscriptionWire(world.state, found)),
  ),
  endpoint('POST /v1/subscriptions/:id', Update, ({ world, id, fields }) =>
    subscriptionOf(world, id).andThen((found) => update(world, found, fields)),
  ),
  endpoint(
    'DELETE /v1/subscriptions/:id',
    { invoice_now: z.literal('false').optional(), prorate: z.literal('false').optional() },
    ({ world, id }) => subscriptionOf(world, id).andThen((found) => cancelNow(world, found)),
  ),
];
