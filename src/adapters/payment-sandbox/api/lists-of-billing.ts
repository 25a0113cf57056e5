import { err, ok, type Result } from 'neverthrow';
import * as z from 'zod';
import { newestFirst, own } from '../lookup.js';
import { eventWire } from '../wire/event.js';
import { invoiceWire } from '../wire/invoice.js';
import { subscriptionWire } from '../wire/subscription.js';
import type { World } from '../world.js';
import { customerOf } from './customers.js';
import { endpoint } from './endpoint.js';
import { Created, listOf, PAGE, Text } from './fields.js';
import { page, within } from './lists.js';
import { missing, type Refusal } from './refusal.js';

const Status = z.enum(['all', 'ended', 'active', 'past_due', 'incomplete', 'incomplete_expired', 'canceled']);

const OVER = ['canceled', 'incomplete_expired'];

/** Unless it is asked for, what is canceled is left out. */
const hasStatus = (status: string, asked: z.output<typeof Status> | undefined): boolean => {
  if (asked === 'all') return true;
  if (asked === 'ended') return OVER.includes(status);
  return asked === undefined ? status !== 'canceled' : status === asked;
};

/** A list may be of one customer, who has to be there. */
const ofSomebody = (world: World, customer: string | undefined): Result<unknown, Refusal> =>
  customer === undefined ? ok(undefined) : customerOf(world, customer, 'customer');

/** Subscriptions, invoices and events as lists, and one by one. */
export const listEndpoints = [
  endpoint(
    'GET /v1/subscriptions',
    {
      ...PAGE,
      customer: Text.optional(),
      price: Text.optional(),
      status: Status.optional(),
      created: Created.optional(),
    },
    ({ world, fields }) =>
      ofSomebody(world, fields.customer).andThen(() =>
        page(
          newestFirst(world.state.subscriptions).filter(
            ({ customer, status, items, created }) =>
              (fields.customer ?? customer) === customer &&
              hasStatus(status, fields.status) &&
              (fields.price === undefined || items.some(({ price }) => price === fields.price)) &&
              within(created, fields.created),
          ),
          fields,
          '/v1/subscriptions',
          (found) => subscriptionWire(world.state, found),
        ),
      ),
  ),
  endpoint('GET /v1/invoices/:id', {}, ({ world, id }) => {
    const found = own(world.state.invoices, id);
    return found ? ok(invoiceWire(world.state, found, world.base)) : err(missing('invoice', id));
  }),
  endpoint(
    'GET /v1/invoices',
    {
      ...PAGE,
      customer: Text.optional(),
      subscription: Text.optional(),
      status: z.enum(['draft', 'open', 'paid', 'void', 'uncollectible']).optional(),
      created: Created.optional(),
    },
    ({ world, fields }) =>
      ofSomebody(world, fields.customer).andThen(() =>
        page(
          newestFirst(world.state.invoices).filter(
            ({ customer, subscription, status, created }) =>
              (fields.customer ?? customer) === customer &&
              (fields.subscription ?? subscription) === subscription &&
              (fields.status ?? status) === status &&
              within(created, fields.created),
          ),
          fields,
          '/v1/invoices',
          (found) => invoiceWire(world.state, found, world.base),
        ),
      ),
  ),
  endpoint('GET /v1/events/:id', {}, ({ world, id }) => {
    const found = own(world.state.events, id);
    return found
      ? ok(eventWire(found, own(world.state.undelivered, id) === undefined ? 0 : 1))
      : err(missing('event', id));
  }),
  endpoint(
    'GET /v1/events',
    { ...PAGE, type: Text.optional(), types: listOf(Text).optional(), created: Created.optional() },
    ({ world, fields }) =>
      page(
        newestFirst(world.state.events).filter(
          ({ type, created }) =>
            (fields.type ?? type) === type &&
            (fields.types?.includes(type) ?? true) &&
            within(created, fields.created),
        ),
        fields,
        '/v1/events',
        (found) => eventWire(found, own(world.state.undelivered, found.id) === undefined ? 0 : 1),
      ),
  ),
];
