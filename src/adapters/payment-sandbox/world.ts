import type { Random } from '../../ports/shared/random.js';
import { known } from './lookup.js';
import type { Seconds, SubscriptionRecord } from './records.js';
import type { State } from './state.js';
import { subscriptionWire } from './wire/subscription.js';

/** What a call or a tick of time acts on. */
export type World = {
  readonly state: State;
  /** Where the pages are. */
  readonly base: string;
  readonly random: Random;
  readonly now: () => Seconds;
  readonly id: (prefix: string) => string;
  /** Puts it on record that this has happened, and on its way to the webhook. */
  readonly tell: (type: string, object: object, previous?: object) => void;
  /** Set while something happens that was due earlier than now. */
  at: Seconds | null;
  /** A fault: whatever is charged during this call is declined. */
  bankSaysNo: boolean;
};

/** While this is done the bank says no to everything, or what the cards say. */
export const charging = <T>(world: World, bankSaysNo: boolean, work: () => T): T => {
  world.bankSaysNo = bankSaysNo;
  try {
    return work();
  } finally {
    world.bankSaysNo = false;
  }
};

/** Top-level fields that were otherwise before. */
const changes = (before: Record<string, unknown>, after: Record<string, unknown>): object =>
  Object.fromEntries(
    Object.entries(before).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(after[name])),
  );

/** Changes a subscription and tells what was changed; nothing is told of a change of nothing, or after the end. */
export const changeSubscription = (
  world: World,
  id: string,
  change: Partial<Omit<SubscriptionRecord, 'id' | 'created' | 'customer' | 'currency'>>,
): SubscriptionRecord => {
  const subscription = known(world.state.subscriptions, id);
  const before = subscriptionWire(world.state, subscription);
  Object.assign(subscription, change);
  const after = subscriptionWire(world.state, subscription);
  const previous = changes(before, after);
  if (Object.keys(previous).length === 0 || before.status === 'canceled') return subscription;
  if (subscription.status === 'canceled') world.tell('customer.subscription.deleted', after);
  else world.tell('customer.subscription.updated', after, previous);
  return subscription;
};
