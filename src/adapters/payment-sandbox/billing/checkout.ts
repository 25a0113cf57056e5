import type { Decline } from '../api/refusal.js';
import type { ItemRecord, SessionRecord } from '../records.js';
import { sessionAmount, sessionWire } from '../wire/session.js';
import type { World } from '../world.js';
import { keepCard, keepOutcome, outcomeOf, type TestCard } from './charge.js';
import { startSubscription } from './subscriptions.js';

const complete = (world: World, session: SessionRecord, change: Partial<SessionRecord>): void => {
  Object.assign(session, { status: 'complete', ...change });
  world.tell('checkout.session.completed', sessionWire(world.state, session, world.base));
};

const itemsOf = (world: World, session: SessionRecord): readonly ItemRecord[] =>
  session.lines.map(({ price, quantity }) => ({
    id: world.id('si'),
    created: world.now(),
    price,
    quantity,
    metadata: {},
  }));

const subscribe = (world: World, session: SessionRecord, card: TestCard): void => {
  const subscription = startSubscription(world, {
    customer: session.customer,
    items: itemsOf(world, session),
    metadata: session.subscriptionMetadata,
    card: keepCard(world, session.customer, card).id,
  });
  complete(world, session, {
    paymentStatus: 'paid',
    subscription: subscription.id,
    invoice: subscription.latestInvoice,
  });
};

/** The payer has typed in a card: the session is paid (or the card kept), or it stays open and the bank has said no. */
export const pay = (world: World, session: SessionRecord, card: TestCard): 'done' | Decline => {
  if (session.mode === 'setup') {
    const outcome = keepOutcome(card);
    if (outcome !== 'kept') return outcome;
    keepCard(world, session.customer, card);
    complete(world, session, { paymentStatus: 'no_payment_required', setupIntent: world.id('seti') });
    return 'done';
  }
  const outcome = outcomeOf(world, card, sessionAmount(world.state, session));
  if (outcome === 'no_card' || outcome !== 'paid') return outcome === 'no_card' ? 'declined' : outcome;
  if (session.mode === 'subscription') subscribe(world, session, card);
  else complete(world, session, { paymentStatus: 'paid', paymentIntent: world.id('pi') });
  return 'done';
};
