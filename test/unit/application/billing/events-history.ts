import fc from 'fast-check';
import { PLATFORM_CONNECTION } from '../../../../src/application/billing/events/connections.js';
import type { Labels } from '../../../../src/domain/billing/labels.js';
import { DAY, SECOND } from '../../../../src/domain/shared/time.js';
import type { SubscriptionView } from '../../../../src/ports/billing/mirrored-subscriptions.js';
import { type Stage, whatever } from './events-stage.js';

/** What happens at the processor. `who` and `price` say which of a few; `nth` which of a customer's running ones. */
export type Step =
  | { readonly kind: 'subscribe' | 'pay_on_page'; readonly who: number; readonly price: number }
  | {
      readonly kind: 'change' | 'change_later';
      readonly who: number;
      readonly nth: number;
      readonly price: number;
    }
  | { readonly kind: 'cancel' | 'resume' | 'delete'; readonly who: number; readonly nth: number }
  | { readonly kind: 'card'; readonly who: number; readonly card: 'pays' | 'declines' }
  | { readonly kind: 'days'; readonly days: number }
  | { readonly kind: 'seconds'; readonly seconds: number };

/** Mostly one: what meets, meets at one customer. */
const who = fc.nat(5).map((n) => Math.max(0, n - 3));
const price = fc.nat(2);
const nth = fc.nat(1);
/** A month may pass often enough for subscriptions to renew, fail to, or end. */
export const aStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom('subscribe' as const, 'pay_on_page' as const), who, price }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('change' as const, 'change_later' as const),
      who,
      nth,
      price,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('cancel' as const, 'resume' as const, 'delete' as const),
      who,
      nth,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('card' as const),
      who,
      card: fc.constantFrom('pays' as const, 'declines' as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('days' as const), days: fc.integer({ min: 1, max: 40 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('seconds' as const), seconds: fc.integer({ min: 1, max: 90 }) }),
  },
);

export type Cast = {
  readonly stage: Stage;
  readonly payers: readonly string[];
  readonly prices: readonly string[];
  /** What subscriptions of each payer carry. */
  readonly labels: readonly Labels[];
};

const of = <T>(items: readonly T[], at: number): T => {
  const item = items[at % items.length];
  if (item === undefined) throw new Error('there is none');
  return item;
};

const runningOf = async (
  { stage, payers }: Cast,
  who: number,
  nth: number,
): Promise<SubscriptionView | undefined> => {
  const views = await stage.memory.subscriptions.ofCustomer(PLATFORM_CONNECTION, of(payers, who));
  const running = views
    ._unsafeUnwrap()
    .filter(({ status }) => status !== 'canceled' && status !== 'incomplete_expired');
  return running[nth % Math.max(1, running.length)];
};

const payOnPage = async (
  { stage, payers, prices, labels }: Cast,
  who: number,
  price: number,
): Promise<void> => {
  const { memory, ids } = stage;
  const session = {
    key: ids.next(),
    customer: of(payers, who),
    mode: 'subscription' as const,
    price: of(prices, price),
  };
  const opened = await memory.checkout.open(PLATFORM_CONNECTION, {
    ...session,
    successUrl: 'https://example.com/paid',
    cancelUrl: 'https://example.com/',
    labels: of(labels, who),
  });
  memory.hooks(PLATFORM_CONNECTION).complete(opened._unsafeUnwrap().id);
};

type Running = Extract<Step, { readonly nth: number }>;

/** Whatever the processor says to it: a card may decline, one that never was paid for may not be changed. */
const change = async (cast: Cast, step: Running): Promise<void> => {
  const found = await runningOf(cast, step.who, step.nth);
  if (found === undefined) return;
  const { memory, ids } = cast.stage;
  const { subscriptions } = memory;
  const target = { key: ids.next(), id: found.id };
  const priced = { ...target, price: 'price' in step ? of(cast.prices, step.price) : '' };
  const at = memory.hooks(PLATFORM_CONNECTION).now();
  if (step.kind === 'change')
    await whatever(subscriptions.changePrice(PLATFORM_CONNECTION, { ...priced, at }));
  if (step.kind === 'change_later')
    await whatever(subscriptions.changePriceAtPeriodEnd(PLATFORM_CONNECTION, priced));
  if (step.kind === 'cancel' || step.kind === 'resume') {
    const cancel = step.kind === 'cancel';
    await whatever(subscriptions.setCancelAtPeriodEnd(PLATFORM_CONNECTION, { ...target, cancel }));
  }
  if (step.kind === 'delete') await whatever(subscriptions.cancelNow(PLATFORM_CONNECTION, target));
};

/** Lets it happen. */
export const happen = async (cast: Cast, step: Step): Promise<void> => {
  const { memory, clock } = cast.stage;
  const hooks = memory.hooks(PLATFORM_CONNECTION);
  if (step.kind === 'subscribe') {
    const prices = [of(cast.prices, step.price)] as const;
    hooks.subscribe(of(cast.payers, step.who), prices, of(cast.labels, step.who));
  } else if (step.kind === 'pay_on_page') await payOnPage(cast, step.who, step.price);
  else if (step.kind === 'card') hooks.keepCard(of(cast.payers, step.who), step.card);
  else if (step.kind === 'days') memory.advance(step.days * DAY);
  else if (step.kind === 'seconds') clock.advance(step.seconds * SECOND);
  else if ('nth' in step) await change(cast, step);
};
