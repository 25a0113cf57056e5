import { err, ok, type Result } from 'neverthrow';
import * as z from 'zod';
import { fitting, noQuantity } from '../billing/fitting.js';
import { newestFirst, own } from '../lookup.js';
import type { PriceRecord, SessionRecord } from '../records.js';
import { sessionWire } from '../wire/session.js';
import type { World } from '../world.js';
import { customerOf } from './customers.js';
import { endpoint } from './endpoint.js';
import { listOf, Metadata, PAGE, Text, Whole } from './fields.js';
import { page } from './lists.js';
import { invalid, missing, type Refusal } from './refusal.js';

const NewSession = {
  mode: z.enum(['payment', 'subscription', 'setup']),
  customer: Text,
  success_url: z.url(),
  cancel_url: z.url().optional(),
  line_items: listOf(
    z.strictObject({ price: Text, quantity: Whole.pipe(z.number().min(1).max(999_999)).optional() }),
  ).optional(),
  currency: Text.regex(/^[a-z]{3}$/).optional(),
  payment_method_types: listOf(z.literal('card')).optional(),
  metadata: Metadata.optional(),
  subscription_data: z
    .strictObject({
      metadata: Metadata.optional(),
      billing_mode: z.strictObject({ type: z.literal('flexible') }).optional(),
    })
    .optional(),
  client_reference_id: Text.max(200).optional(),
  expires_at: Whole.optional(),
};

type Fields = z.output<z.ZodObject<typeof NewSession>>;
type Line = SessionRecord['lines'][number];

const sessionOf = ({ state }: World, id: string): Result<SessionRecord, Refusal> => {
  const found = own(state.sessions, id);
  return found ? ok(found) : err(missing('checkout.session', id));
};

/** A price that this mode can sell: recurring ones by subscription, others at once. */
const suits = (price: PriceRecord, mode: Fields['mode'], param: string): Result<PriceRecord, Refusal> => {
  if (!price.active)
    return err(invalid('The price specified is inactive. This field only accepts active prices.', { param }));
  if (mode === 'payment' && price.cycle !== null)
    return err(
      invalid(
        'You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time prices.',
        { param },
      ),
    );
  if (mode === 'subscription' && price.cycle === null)
    return err(invalid('This sandbox sells one-time prices in `payment` mode only.', { param }));
  return ok(price);
};

const line = (
  world: World,
  mode: Fields['mode'],
  { price: id, quantity }: { readonly price: string; readonly quantity?: number | undefined },
  index: number,
): Result<Line, Refusal> => {
  const param = `line_items[${index}][price]`;
  const found = own(world.state.prices, id);
  if (found === undefined) return err(missing('price', id, param));
  return suits(found, mode, param).andThen((price): Result<Line, Refusal> => {
    if (price.meter !== null && quantity !== undefined)
      return err(noQuantity(`line_items[${index}][quantity]`));
    if (price.meter === null && quantity === undefined)
      return err(
        invalid(`Missing required param: line_items[${index}][quantity].`, {
          code: 'parameter_missing',
          param: `line_items[${index}][quantity]`,
        }),
      );
    return ok({ price: id, quantity: quantity ?? null });
  });
};

const lines = (world: World, { mode, line_items: wanted = [] }: Fields): Result<readonly Line[], Refusal> => {
  if (mode === 'setup')
    return wanted.length > 0
      ? err(invalid('You can not pass `line_items` in `setup` mode.', { param: 'line_items' }))
      : ok([]);
  if (wanted.length === 0)
    return err(
      invalid('Missing required param: line_items.', { code: 'parameter_missing', param: 'line_items' }),
    );
  return wanted
    .reduce<Result<readonly Line[], Refusal>>(
      (sofar, item, index) =>
        sofar.andThen((found) => line(world, mode, item, index).map((next) => [...found, next])),
      ok([]),
    )
    .andThen((found) => (mode === 'subscription' ? fitting(world.state, found) : ok(found)));
};

const HALF_HOUR = 1_800;
const DAY = 86_400;

const expiry = (now: number, asked: number | undefined): Result<number, Refusal> =>
  asked !== undefined && (asked < now + HALF_HOUR || asked > now + DAY)
    ? err(
        invalid(
          'The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.',
          { param: 'expires_at' },
        ),
      )
    : ok(asked ?? now + DAY);

const currencyOf = (world: World, fields: Fields): Result<string | null, Refusal> => {
  const [first] = fields.line_items ?? [];
  const price = first && own(world.state.prices, first.price);
  if (fields.mode === 'setup' && fields.currency === undefined && fields.payment_method_types === undefined)
    return err(
      invalid('Missing required param: currency.', { code: 'parameter_missing', param: 'currency' }),
    );
  return ok(price?.currency ?? fields.currency ?? null);
};

const open = (world: World, fields: Fields): Result<object, Refusal> => {
  const now = world.now();
  return customerOf(world, fields.customer, 'customer').andThen(() =>
    lines(world, fields).andThen((wanted) =>
      currencyOf(world, fields).andThen((currency) =>
        expiry(now, fields.expires_at).map((expiresAt) => {
          const session: SessionRecord = {
            id: world.id('cs_test'),
            created: now,
            expiresAt,
            mode: fields.mode,
            customer: fields.customer,
            lines: wanted,
            currency,
            successUrl: fields.success_url,
            cancelUrl: fields.cancel_url ?? null,
            metadata: fields.metadata ?? {},
            subscriptionMetadata: fields.subscription_data?.metadata ?? {},
            clientReferenceId: fields.client_reference_id ?? null,
            secret: world.random.token(24),
            status: 'open',
            paymentStatus: fields.mode === 'setup' ? 'no_payment_required' : 'unpaid',
            subscription: null,
            invoice: null,
            paymentIntent: null,
            setupIntent: null,
          };
          world.state.sessions[session.id] = session;
          return sessionWire(world.state, session, world.base);
        }),
      ),
    ),
  );
};

/** Checkout sessions. */
export const checkoutEndpoints = [
  endpoint('POST /v1/checkout/sessions', NewSession, ({ world, fields }) => open(world, fields)),
  endpoint('GET /v1/checkout/sessions/:id', {}, ({ world, id }) =>
    sessionOf(world, id).map((session) => sessionWire(world.state, session, world.base)),
  ),
  endpoint('POST /v1/checkout/sessions/:id/expire', {}, ({ world, id }) =>
    sessionOf(world, id).andThen((session) => {
      if (session.status !== 'open')
        return err(
          invalid(
            `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of ${session.status}.`,
          ),
        );
      session.status = 'expired';
      const wire = sessionWire(world.state, session, world.base);
      world.tell('checkout.session.expired', wire);
      return ok(wire);
    }),
  ),
  endpoint(
    'GET /v1/checkout/sessions',
    {
      ...PAGE,
      customer: Text.optional(),
      subscription: Text.optional(),
      status: z.enum(['open', 'complete', 'expired']).optional(),
    },
    ({ world, fields }) =>
      page(
        newestFirst(world.state.sessions).filter(
          (session) =>
            (fields.customer ?? session.customer) === session.customer &&
            (fields.subscription ?? session.subscription) === session.subscription &&
            (fields.status ?? session.status) === session.status,
        ),
        fields,
        '/v1/checkout/sessions',
        (session) => sessionWire(world.state, session, world.base),
      ),
  ),
];
