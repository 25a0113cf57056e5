import { err, ok, type Result } from 'neverthrow';
import * as z from 'zod';
import { newestFirst, own } from '../lookup.js';
import type { MeterEventRecord, MeterRecord } from '../usage-records.js';
import { meterEventWire, meterWire } from '../wire/catalogue.js';
import type { World } from '../world.js';
import { endpoint } from './endpoint.js';
import { PAGE, Text, Whole } from './fields.js';
import { page } from './lists.js';
import { invalid, missing, type Refusal } from './refusal.js';

const NewMeter = {
  display_name: Text.max(250),
  event_name: Text.max(100),
  default_aggregation: z.strictObject({ formula: z.enum(['sum', 'count', 'last']) }),
  customer_mapping: z.strictObject({ event_payload_key: Text.max(100), type: z.literal('by_id') }).optional(),
  value_settings: z.strictObject({ event_payload_key: Text.max(100) }).optional(),
};

const NewEvent = {
  event_name: Text.max(100),
  payload: z.record(z.string().max(100), z.string().max(500)),
  identifier: Text.max(100).optional(),
  timestamp: Whole.optional(),
};
type NewEventFields = z.output<z.ZodObject<typeof NewEvent>>;

const DAY = 86_400;

/** As long as Stripe takes events of the past, and ahead of its clock. */
const inTime = (now: number, at: number): Result<number, Refusal> => {
  if (at < now - 35 * DAY)
    return err(
      invalid('The timestamp is more than 35 days in the past.', {
        code: 'timestamp_too_far_in_past',
        param: 'timestamp',
      }),
    );
  if (at > now + 300)
    return err(
      invalid('The timestamp is more than 5 minutes in the future.', {
        code: 'timestamp_in_future',
        param: 'timestamp',
      }),
    );
  return ok(at);
};

const wholeValue = (text: string | undefined): Result<number, Refusal> =>
  text !== undefined && /^-?\d{1,15}$/.test(text)
    ? ok(Number(text))
    : err(
        invalid('The event payload has no whole number as its value.', {
          code: 'meter_event_invalid_value',
          param: 'payload',
        }),
      );

const read = (
  world: World,
  meter: MeterRecord,
  fields: NewEventFields,
): Result<MeterEventRecord, Refusal> => {
  const now = world.now();
  const customer = own(fields.payload, meter.customerKey);
  if (customer === undefined || !own(world.state.customers, customer))
    return err(
      invalid('The event payload names no customer.', {
        code: 'meter_event_customer_not_found',
        param: 'payload',
      }),
    );
  return inTime(now, fields.timestamp ?? now).andThen((timestamp) =>
    (meter.formula === 'count' ? ok(1) : wholeValue(own(fields.payload, meter.valueKey))).map((value) => ({
      identifier: fields.identifier ?? world.id('mev'),
      eventName: meter.eventName,
      customer,
      value,
      timestamp,
      created: now,
      payload: fields.payload,
    })),
  );
};

const report = (world: World, fields: NewEventFields): Result<object, Refusal> => {
  const meter = Object.values(world.state.meters).find(({ eventName }) => eventName === fields.event_name);
  if (meter === undefined)
    return err(
      invalid(`No active meter found for event name ${fields.event_name}.`, {
        code: 'no_meter',
        param: 'event_name',
      }),
    );
  return read(world, meter, fields).andThen((event) => {
    const key = `${event.eventName} ${event.identifier}`;
    if (own(world.state.usage, key))
      return err(
        invalid(`An event already exists with identifier ${event.identifier}.`, {
          code: 'resource_already_exists',
          param: 'identifier',
        }),
      );
    world.state.usage[key] = event;
    return ok(meterEventWire(event));
  });
};

/** Meters, and the usage that they count. */
export const meterEndpoints = [
  endpoint('POST /v1/billing/meters', NewMeter, ({ world, fields }) => {
    if (Object.values(world.state.meters).some(({ eventName }) => eventName === fields.event_name))
      return err(
        invalid(`There is already an active meter for the event name ${fields.event_name}.`, {
          code: 'resource_already_exists',
          param: 'event_name',
        }),
      );
    const meter: MeterRecord = {
      id: world.id('mtr_test'),
      created: world.now(),
      displayName: fields.display_name,
      eventName: fields.event_name,
      formula: fields.default_aggregation.formula,
      customerKey: fields.customer_mapping?.event_payload_key ?? 'stripe_customer_id',
      valueKey: fields.value_settings?.event_payload_key ?? 'value',
    };
    world.state.meters[meter.id] = meter;
    return ok(meterWire(meter));
  }),
  endpoint('GET /v1/billing/meters/:id', {}, ({ world, id }) => {
    const found = own(world.state.meters, id);
    return found ? ok(meterWire(found)) : err(missing('billing meter', id));
  }),
  endpoint(
    'GET /v1/billing/meters',
    { ...PAGE, status: z.enum(['active', 'inactive']).optional() },
    ({ world, fields }) =>
      page(
        fields.status === 'inactive' ? [] : newestFirst(world.state.meters),
        fields,
        '/v1/billing/meters',
        meterWire,
      ),
  ),
  endpoint('POST /v1/billing/meter_events', NewEvent, ({ world, fields }) => report(world, fields)),
];
