import { err, ok, type Result } from 'neverthrow';
import * as z from 'zod';
import { boundary } from '../billing/calendar.js';
import { fitting, noQuantity, sellable } from '../billing/fitting.js';
import { known, own } from '../lookup.js';
import type { PhaseRecord, ScheduleRecord } from '../records.js';
import { endsAt, scheduleWire } from '../wire/subscription.js';
import { changeSubscription, type World } from '../world.js';
import { endpoint } from './endpoint.js';
import { listOf, Metadata, orNothing, Text, Whole } from './fields.js';
import { relabelled } from './lists.js';
import { invalid, missing, type Refusal } from './refusal.js';
import { Proration, subscriptionOf } from './subscriptions.js';

const scheduleOf = ({ state }: World, id: string): Result<ScheduleRecord, Refusal> => {
  const found = own(state.schedules, id);
  return found ? ok(found) : err(missing('subscription_schedule', id));
};

const running = (world: World, id: string): Result<ScheduleRecord, Refusal> =>
  scheduleOf(world, id).andThen((found) =>
    found.status === 'active'
      ? ok(found)
      : err(invalid(`You cannot update a subscription schedule that is in the \`${found.status}\` status.`)),
  );

const create = (world: World, id: string): Result<object, Refusal> =>
  subscriptionOf(world, id, 'from_subscription').andThen((subscription) => {
    if (subscription.schedule !== null)
      return err(
        invalid('You cannot migrate a subscription that is already attached to a schedule.', {
          param: 'from_subscription',
        }),
      );
    if (subscription.status !== 'active' && subscription.status !== 'past_due')
      return err(
        invalid(`You cannot migrate a subscription in the \`${subscription.status}\` status.`, {
          param: 'from_subscription',
        }),
      );
    const phase: PhaseRecord = {
      ...subscription.period,
      items: subscription.items.map(({ price, quantity }) => ({ price, quantity })),
      proration: 'create_prorations',
      metadata: {},
    };
    const schedule: ScheduleRecord = {
      id: world.id('sub_sched'),
      created: world.now(),
      customer: subscription.customer,
      subscription: subscription.id,
      currency: subscription.currency,
      status: 'active',
      phases: [phase],
      endBehavior: endsAt(subscription) !== null ? 'cancel' : 'release',
      metadata: {},
      releasedAt: null,
      completedAt: null,
      canceledAt: null,
    };
    world.state.schedules[schedule.id] = schedule;
    changeSubscription(world, id, { schedule: schedule.id });
    world.tell('subscription_schedule.created', scheduleWire(schedule, world.now()));
    return ok(scheduleWire(schedule, world.now()));
  });

const Phase = z.strictObject({
  items: listOf(z.strictObject({ price: Text, quantity: Whole.pipe(z.number().min(1)).optional() })),
  start_date: Whole.optional(),
  end_date: Whole.optional(),
  duration: z
    .strictObject({
      interval: z.enum(['day', 'week', 'month', 'year']),
      interval_count: Whole.pipe(z.number().min(1).max(365)).default(1),
    })
    .optional(),
  proration_behavior: Proration.default('create_prorations'),
  metadata: Metadata.optional(),
});
type PhaseFields = z.output<typeof Phase>;

const lengthOf = (world: World, { end_date, duration, items }: PhaseFields, start: number): number => {
  const [first] = items;
  const cycle = first && known(world.state.prices, first.price).cycle;
  const own_ = duration && { interval: duration.interval, count: duration.interval_count };
  return end_date ?? boundary(start, own_ ?? cycle ?? { interval: 'month', count: 1 }, 1);
};

const phase = (
  world: World,
  before: PhaseRecord | undefined,
  fields: PhaseFields,
  index: number,
): Result<PhaseRecord, Refusal> => {
  const param = `phases[${index}]`;
  const start = fields.start_date ?? before?.end;
  if (start === undefined)
    return err(invalid('The first phase needs a `start_date`.', { param: `${param}[start_date]` }));
  if (before !== undefined && start !== before.end)
    return err(invalid('Phases follow one another without a gap.', { param: `${param}[start_date]` }));
  return fields.items
    .reduce<Result<string, Refusal>>(
      (sofar, { price }, at) =>
        sofar.andThen(() => sellable(world.state, price, `${param}[items][${at}][price]`)),
      ok(''),
    )
    .andThen(() => fitting(world.state, fields.items))
    .andThen((items) => {
      const counted = items.findIndex(
        ({ price, quantity }) => quantity !== undefined && known(world.state.prices, price).meter !== null,
      );
      return counted === -1 ? ok(items) : err(noQuantity(`${param}[items][${counted}][quantity]`));
    })
    .map(() => ({
      start,
      end: lengthOf(world, fields, start),
      items: fields.items.map(({ price, quantity }) => ({
        price,
        quantity: known(world.state.prices, price).meter === null ? (quantity ?? 1) : null,
      })),
      proration: fields.proration_behavior,
      metadata: fields.metadata ?? {},
    }));
};

/** The running phase is the running period as it is; others begin where a period does. */
const phasesOf = (
  world: World,
  schedule: ScheduleRecord,
  wanted: readonly PhaseFields[],
): Result<readonly PhaseRecord[], Refusal> =>
  wanted
    .reduce<Result<readonly PhaseRecord[], Refusal>>(
      (sofar, fields, index) =>
        sofar.andThen((found) => phase(world, found.at(-1), fields, index).map((next) => [...found, next])),
      ok([]),
    )
    .andThen((phases) => {
      const { period, items } = known(world.state.subscriptions, schedule.subscription);
      const [first] = phases;
      const asItIs =
        first !== undefined &&
        first.start <= world.now() &&
        first.end === period.end &&
        first.items.every(({ price }, at) => price === items[at]?.price);
      return asItIs
        ? ok(phases)
        : err(
            invalid(
              'This sandbox changes a schedule from the next period on: the first phase has the items and the end of the running one.',
              { param: 'phases[0]' },
            ),
          );
    });

/** Subscription schedules: what happens to a subscription when its period is over. */
export const scheduleEndpoints = [
  endpoint('POST /v1/subscription_schedules', { from_subscription: Text }, ({ world, fields }) =>
    create(world, fields.from_subscription),
  ),
  endpoint('GET /v1/subscription_schedules/:id', {}, ({ world, id }) =>
    scheduleOf(world, id).map((found) => scheduleWire(found, world.now())),
  ),
  endpoint(
    'POST /v1/subscription_schedules/:id',
    {
      phases: listOf(Phase, 10).optional(),
      end_behavior: z.enum(['release', 'cancel']).optional(),
      proration_behavior: z.literal('none').optional(),
      metadata: orNothing(Metadata).optional(),
    },
    ({ world, id, fields }) =>
      running(world, id).andThen((schedule) =>
        (fields.phases ? phasesOf(world, schedule, fields.phases) : ok(schedule.phases)).map((phases) => {
          schedule.phases = phases;
          schedule.endBehavior = fields.end_behavior ?? schedule.endBehavior;
          schedule.metadata = relabelled(schedule.metadata, fields.metadata);
          world.tell('subscription_schedule.updated', scheduleWire(schedule, world.now()));
          return scheduleWire(schedule, world.now());
        }),
      ),
  ),
  endpoint('POST /v1/subscription_schedules/:id/release', {}, ({ world, id }) =>
    running(world, id).map((schedule) => {
      Object.assign(schedule, { status: 'released', releasedAt: world.now() });
      changeSubscription(world, schedule.subscription, { schedule: null });
      world.tell('subscription_schedule.released', scheduleWire(schedule, world.now()));
      return scheduleWire(schedule, world.now());
    }),
  ),
];
