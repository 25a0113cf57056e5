import { err, ok, type Result } from 'neverthrow';
import * as z from 'zod';
import { keepCard, keepOutcome, testMethod } from '../billing/charge.js';
import { known, newestFirst, own } from '../lookup.js';
import type { CustomerRecord } from '../records.js';
import { cardWire, customerWire, portalWire } from '../wire/customer.js';
import type { World } from '../world.js';
import { endpoint } from './endpoint.js';
import { Created, Metadata, orNothing, PAGE, Text } from './fields.js';
import { page, relabelled, within } from './lists.js';
import { declined, invalid, missing, type Refusal } from './refusal.js';

/** The customer with this id. */
export const customerOf = ({ state }: World, id: string, param?: string): Result<CustomerRecord, Refusal> => {
  const found = own(state.customers, id);
  return found ? ok(found) : err(missing('customer', id, param));
};

const Fields = {
  email: orNothing(Text.max(512)).optional(),
  name: orNothing(Text.max(256)).optional(),
  metadata: orNothing(Metadata).optional(),
};

const defaultCard = (world: World, customer: string, id: string | undefined): Result<void, Refusal> =>
  id === undefined || own(world.state.cards, id)?.customer === customer
    ? ok(undefined)
    : err(missing('PaymentMethod', id, 'invoice_settings[default_payment_method]'));

const CLAUSE =
  /^(?:metadata\['([^']{1,40})'\]|metadata\["([^"]{1,40})"\]|(email|name)):(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")$/;

type Test = (customer: CustomerRecord) => boolean;

/** One clause of Stripe's search language: an exact match of a label, the e-mail address or the name. */
const clause = (text: string): Test | undefined => {
  const [, single, double, field, quoted, doubled] = CLAUSE.exec(text.trim()) ?? [];
  const value = (quoted ?? doubled)?.replaceAll(/\\(.)/g, '$1');
  const label = single ?? double;
  if (value === undefined) return undefined;
  if (label !== undefined) return ({ metadata }) => own(metadata, label) === value;
  return (customer) => (field === 'email' ? customer.email : customer.name) === value;
};

const search = (query: string): Result<Test, Refusal> => {
  const tests = query.split(/\sAND\s/).map(clause);
  const all = tests.filter((test) => test !== undefined);
  return all.length < tests.length
    ? err(invalid('We were unable to parse your search query.', { param: 'query' }))
    : ok((customer) => all.every((test) => test(customer)));
};

const customers = [
  endpoint('POST /v1/customers', Fields, ({ world, fields }) => {
    const id = world.id('cus');
    const made: CustomerRecord = {
      id,
      created: world.now(),
      email: fields.email ?? null,
      name: fields.name ?? null,
      metadata: relabelled({}, fields.metadata),
      defaultPaymentMethod: null,
      balance: 0,
      invoices: 0,
      invoicePrefix: id.slice(-8).toUpperCase(),
    };
    world.state.customers[id] = made;
    world.tell('customer.created', customerWire(made));
    return ok(customerWire(made));
  }),
  endpoint(
    'GET /v1/customers/search',
    { query: Text, limit: PAGE.limit, page: Text.optional() },
    ({ world, fields }) =>
      search(fields.query).map((test) => {
        const found = newestFirst(world.state.customers).filter(test);
        return {
          object: 'search_result',
          data: found.slice(0, fields.limit).map(customerWire),
          has_more: found.length > fields.limit,
          next_page: null,
          url: '/v1/customers/search',
        };
      }),
  ),
  endpoint('GET /v1/customers/:id', {}, ({ world, id }) => customerOf(world, id).map(customerWire)),
  endpoint(
    'POST /v1/customers/:id',
    { ...Fields, invoice_settings: z.strictObject({ default_payment_method: Text.optional() }).optional() },
    ({ world, id, fields }) =>
      customerOf(world, id).andThen((found) =>
        defaultCard(world, id, fields.invoice_settings?.default_payment_method).map(() => {
          if (fields.email !== undefined) found.email = fields.email;
          if (fields.name !== undefined) found.name = fields.name;
          found.metadata = relabelled(found.metadata, fields.metadata);
          found.defaultPaymentMethod =
            fields.invoice_settings?.default_payment_method ?? found.defaultPaymentMethod;
          world.tell('customer.updated', customerWire(found));
          return customerWire(found);
        }),
      ),
  ),
  endpoint(
    'GET /v1/customers',
    { ...PAGE, email: Text.optional(), created: Created.optional() },
    ({ world, fields }) =>
      page(
        newestFirst(world.state.customers).filter(
          ({ email, created }) => (fields.email ?? email) === email && within(created, fields.created),
        ),
        fields,
        '/v1/customers',
        customerWire,
      ),
  ),
];

const cardsOf = (world: World, customer: string) =>
  newestFirst(world.state.cards).filter((card) => card.customer === customer);

const cards = [
  endpoint(
    'GET /v1/customers/:id/payment_methods',
    { ...PAGE, type: z.literal('card').optional() },
    ({ world, id, fields }) =>
      customerOf(world, id).andThen(() =>
        page(cardsOf(world, id), fields, `/v1/customers/${id}/payment_methods`, cardWire),
      ),
  ),
  endpoint(
    'GET /v1/payment_methods',
    { ...PAGE, customer: Text, type: z.literal('card').optional() },
    ({ world, fields }) =>
      customerOf(world, fields.customer, 'customer').andThen(() =>
        page(cardsOf(world, fields.customer), fields, '/v1/payment_methods', cardWire),
      ),
  ),
  endpoint('GET /v1/payment_methods/:id', {}, ({ world, id }) => {
    const found = own(world.state.cards, id);
    return found ? ok(cardWire(found)) : err(missing('PaymentMethod', id));
  }),
  endpoint('POST /v1/payment_methods/:id/attach', { customer: Text }, ({ world, id, fields }) =>
    customerOf(world, fields.customer, 'customer').andThen((customer) => {
      const card = testMethod(id);
      if (card === undefined) return err(missing('PaymentMethod', id));
      const outcome = keepOutcome(card);
      return outcome === 'kept' ? ok(cardWire(keepCard(world, customer.id, card))) : err(declined(outcome));
    }),
  ),
];

const portals = [
  endpoint(
    'POST /v1/billing_portal/sessions',
    { customer: Text, return_url: z.url().optional() },
    ({ world, fields }) =>
      customerOf(world, fields.customer, 'customer').map((customer) => {
        const id = world.id('bps');
        world.state.portals[id] = {
          id,
          created: world.now(),
          customer: customer.id,
          returnUrl: fields.return_url ?? null,
          secret: world.random.token(24),
        };
        return portalWire(known(world.state.portals, id), world.base);
      }),
  ),
];

/** Customers, their cards, and the door to their portal. */
export const customerEndpoints = [...customers, ...cards, ...portals];
