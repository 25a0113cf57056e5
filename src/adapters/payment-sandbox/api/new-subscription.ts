import { err, ok, type Result } from 'neverthrow';
import * as z from 'zod';
import { itemsAfter } from '../billing/change.js';
import { outcomeOf } from '../billing/charge.js';
import { advanceLines } from '../billing/lines.js';
import { startSubscription } from '../billing/subscriptions.js';
import { own } from '../lookup.js';
import type { CardRecord, CustomerRecord, ItemRecord } from '../records.js';
import { subscriptionWire } from '../wire/subscription.js';
import type { World } from '../world.js';
import { customerOf } from './customers.js';
import { endpoint } from './endpoint.js';
import { listOf, Metadata, Text, Whole } from './fields.js';
import { missing, type Refusal, unpaid } from './refusal.js';
import { PaymentBehaviour } from './subscriptions.js';

const New = {
  customer: Text,
  items: listOf(
    z.strictObject({ price: Text, quantity: Whole.pipe(z.number().min(1).max(999_999)).optional() }),
  ),
  metadata: Metadata.optional(),
  default_payment_method: Text.optional(),
  payment_behavior: PaymentBehaviour.default('allow_incomplete'),
};
type Fields = z.output<z.ZodObject<typeof New>>;

const cardFor = (
  { state }: World,
  customer: CustomerRecord,
  wanted: string | undefined,
): Result<CardRecord | undefined, Refusal> => {
  const card = own(state.cards, wanted ?? customer.defaultPaymentMethod ?? '');
  return wanted !== undefined && card?.customer !== customer.id
    ? err(missing('PaymentMethod', wanted, 'default_payment_method'))
    : ok(card);
};

const affordable = (
  world: World,
  items: readonly ItemRecord[],
  card: CardRecord | undefined,
  { payment_behavior }: Fields,
): Result<void, Refusal> => {
  const lines = advanceLines(world, items, { start: 0, end: 0 });
  const outcome = outcomeOf(
    world,
    card,
    lines.reduce((sum, { amount }) => sum + amount, 0),
  );
  const waits = outcome !== 'no_card' && payment_behavior === 'allow_incomplete';
  return outcome === 'paid' || waits ? ok(undefined) : err(unpaid(outcome));
};

const create = (world: World, fields: Fields): Result<object, Refusal> =>
  customerOf(world, fields.customer, 'customer').andThen((customer) =>
    itemsAfter(world, { items: [] }, fields.items).andThen((items) =>
      cardFor(world, customer, fields.default_payment_method)
        .andThen((card) => affordable(world, items, card, fields))
        .map(() => {
          const made = startSubscription(world, {
            customer: customer.id,
            items,
            metadata: fields.metadata ?? {},
            card: fields.default_payment_method ?? null,
          });
          return subscriptionWire(world.state, made);
        }),
    ),
  );

/** A subscription made by a call instead of a payer at a page: with a card that is kept already. */
export const newSubscriptionEndpoints = [
  endpoint('POST /v1/subscriptions', New, ({ world, fields }) => create(world, fields)),
];
