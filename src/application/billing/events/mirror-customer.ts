import { errAsync, okAsync, ResultAsync } from 'neverthrow';
import type { Customer } from '../../../domain/billing/customer.js';
import type { ViewedSubscription } from '../../../domain/billing/mirror.js';
import { mirrorPlan } from '../../../domain/billing/mirror-plan.js';
import type { Subscription } from '../../../domain/billing/subscription.js';
import type { MirroredSubscriptions } from '../../../ports/billing/mirrored-subscriptions.js';
import type { PaymentsNotConfigured, ProcessorRefused } from '../../../ports/billing/processor.js';
import type { BillingReaders } from '../../../ports/billing/unit-of-work.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import { endSurplus } from './end-surplus.js';
import { look } from './look.js';
import { type Mirroring, type WriteDeps, writeMirror } from './write-mirror.js';

/** What mirroring asks of the world. */
export type MirrorDeps = WriteDeps & {
  readonly readers: Pick<BillingReaders, 'subscriptionsOf' | 'price'>;
  readonly processor: {
    readonly subscriptions: Pick<MirroredSubscriptions, 'ofCustomer' | 'get' | 'cancelNow' | 'refundLatest'>;
  };
};

export type MirrorFailure = ProcessorRefused | PaymentsNotConfigured | Unavailable;

type Mirrored = ResultAsync<readonly Subscription[], MirrorFailure>;
type Round = {
  readonly left: number;
  readonly ended: boolean;
  readonly found?: readonly Subscription[] | undefined;
};

/** Each one that is lost was won by somebody who has written a newer state. */
const ROUNDS = 10;
const CROWDED: Unavailable = { kind: 'unavailable', dependency: 'mirror', cause: 'too many at once' };

/** Our ids of the prices that are in use; undefined for those that only the processor knows. */
const pricesOf = (
  { readers }: MirrorDeps,
  { sellerId }: Customer,
  rows: readonly Subscription[],
  seen: readonly ViewedSubscription[],
): ResultAsync<ReadonlyMap<string, string>, Unavailable> => {
  const known = rows.flatMap(({ processor, priceId }): readonly (readonly [string, string])[] =>
    processor === undefined || priceId === undefined ? [] : [[processor.priceId, priceId]],
  );
  const ids = new Map(known);
  const unknown = [...new Set(seen.map(({ price }) => price))].filter((price) => !ids.has(price));
  return ResultAsync.combine(
    unknown.map((processorId) =>
      readers.price(sellerId, { processorId }).map((found) => found && ids.set(processorId, found.price.id)),
    ),
  ).map(() => ids);
};

const planned = (deps: MirrorDeps, customer: Customer, { found }: Round) => {
  const { clock, ids, readers, processor } = deps;
  const read = found
    ? okAsync<readonly Subscription[], Unavailable>(found)
    : readers.subscriptionsOf(customer.sellerId, customer.id);
  return read.andThen((rows) =>
    look(processor.subscriptions, customer, rows, clock.now()).andThen((seen) =>
      pricesOf(deps, customer, rows, seen).map((prices) => {
        const at = clock.now();
        const priceIdOf = (price: string) => prices.get(price);
        return {
          customer,
          rows,
          plan: mirrorPlan({ rows, views: seen, customer, newId: ids.next, priceIdOf, at }),
        };
      }),
    ),
  );
};

const round = (deps: MirrorDeps, customer: Customer, mirroring: Mirroring, now: Round): Mirrored => {
  const again = (ended: boolean): Mirrored =>
    now.left > 1
      ? round(deps, customer, mirroring, { left: now.left - 1, ended })
      : errAsync<readonly Subscription[], MirrorFailure>(CROWDED);
  return planned(deps, customer, now)
    .andThen((found) => writeMirror(deps, found, mirroring, now.ended))
    .andThen(({ rows, intents }) =>
      intents.length === 0
        ? okAsync<readonly Subscription[], MirrorFailure>(rows)
        : endSurplus(deps, { customer, entry: mirroring.entry }, intents).andThen(() => again(true)),
    )
    .orElse((failure): Mirrored => {
      const overtaken = failure.kind === 'stale_version' || failure.kind === 'already_subscribed';
      return overtaken ? again(now.ended) : errAsync(failure);
    });
};

/**
 * Brings our rows of a customer to what the processor has at this moment, and answers them, newest first. The rows
 * are read before the processor is asked, and each is written only as long as it is the version that was read: who
 * asked earlier never writes over who asked later, nor over what that one has confirmed. Of two live subscriptions
 * the later one is ended, and paid back.
 */
export const mirrorCustomer =
  (deps: MirrorDeps) =>
  (customer: Customer, mirroring: Mirroring): Mirrored =>
    round(deps, customer, mirroring, {
      left: ROUNDS,
      ended: mirroring.surplus ?? false,
      found: mirroring.found,
    });
