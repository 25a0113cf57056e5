import type { Decline } from '../api/refusal.js';
import { own } from '../lookup.js';
import type { CardBehaviour, CardRecord, SubscriptionRecord } from '../records.js';
import type { State } from '../state.js';
import type { World } from '../world.js';

/** What came of a charge. */
export type Outcome = 'paid' | 'no_card' | Decline;

/** The subscription's own card, else the customer's. A card that is merely kept is never charged. */
export const cardBehind = (state: State, subscription: SubscriptionRecord): CardRecord | undefined => {
  const customer = own(state.customers, subscription.customer);
  const id = subscription.defaultPaymentMethod ?? customer?.defaultPaymentMethod;
  return id ? own(state.cards, id) : undefined;
};

const SAYS: Readonly<Record<CardBehaviour, Outcome>> = {
  pays: 'paid',
  declined: 'declined',
  insufficient_funds: 'insufficient_funds',
  fails_when_charged: 'declined',
};

/** What the bank says to this amount; nothing is asked for nothing. */
export const outcomeOf = (
  world: Pick<World, 'bankSaysNo'>,
  card: Pick<CardRecord, 'behaviour'> | undefined,
  amount: number,
): Outcome => {
  if (amount === 0) return 'paid';
  if (card === undefined) return 'no_card';
  return world.bankSaysNo ? 'declined' : SAYS[card.behaviour];
};

/** The numbers that the pages take. */
const TEST_CARDS: Readonly<Record<string, { readonly behaviour: CardBehaviour; readonly brand: string }>> = {
  '4242424242424242': { behaviour: 'pays', brand: 'visa' },
  '5555555555554444': { behaviour: 'pays', brand: 'mastercard' },
  '4000000000000002': { behaviour: 'declined', brand: 'visa' },
  '4000000000009995': { behaviour: 'insufficient_funds', brand: 'visa' },
  '4000000000000341': { behaviour: 'fails_when_charged', brand: 'visa' },
};

/** Stripe's ready-made payment methods, which the API attaches without a page. */
const TEST_METHODS: Readonly<Record<string, string>> = {
  pm_card_visa: '4242424242424242',
  pm_card_mastercard: '5555555555554444',
  pm_card_chargeDeclined: '4000000000000002',
  pm_card_chargeDeclinedInsufficientFunds: '4000000000009995',
  pm_card_chargeCustomerFail: '4000000000000341',
};

export type TestCard = Pick<CardRecord, 'behaviour' | 'brand' | 'last4'>;

/** The test card with this number, however it is spaced. */
export const testCard = (number: string): TestCard | undefined => {
  const digits = number.replaceAll(/[\s-]/g, '');
  const card = own(TEST_CARDS, digits);
  return card && { ...card, last4: digits.slice(-4) };
};

/** The test card behind `pm_card_visa` and the like. */
export const testMethod = (id: string): TestCard | undefined => testCard(own(TEST_METHODS, id) ?? '');

/** What the bank says to a card that is only to be kept. */
export const keepOutcome = (card: TestCard): 'kept' | Decline =>
  card.behaviour === 'declined' || card.behaviour === 'insufficient_funds' ? card.behaviour : 'kept';

/** Puts a card with the customer. */
export const keepCard = (world: World, customer: string, card: TestCard): CardRecord => {
  const now = world.now();
  const kept: CardRecord = {
    ...card,
    id: world.id('pm'),
    created: now,
    customer,
    expMonth: 12,
    expYear: new Date(now * 1_000).getUTCFullYear() + 3,
  };
  world.state.cards[kept.id] = kept;
  return kept;
};
