import { okAsync, type ResultAsync } from 'neverthrow';
import type { Customer } from '../../../domain/billing/customer.js';
import type { ViewedSubscription } from '../../../domain/billing/mirror.js';
import { MINUTE, plus } from '../../../domain/shared/time.js';
import type { MirroredSubscriptions } from '../../../ports/billing/mirrored-subscriptions.js';
import type { PaymentsNotConfigured, ProcessorRefused } from '../../../ports/billing/processor.js';
import type { BillingIntent, BillingTx } from '../../../ports/billing/unit-of-work.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import type { Ids } from '../../../ports/shared/ids.js';
import { impossible } from '../../shared/impossible.js';
import { neverMissing } from '../failures.js';
import { PLATFORM_CONNECTION } from './connections.js';
import type { Telling } from './tell.js';

/** When the job comes that finishes what its process did not live to. */
const FINISHED_AFTER = MINUTE;

const subscriptionOf = ({ data }: BillingIntent): string => data['subscription'] ?? '';

const inTurn = <T>(
  items: readonly T[],
  work: (item: T) => ResultAsync<unknown, Unavailable>,
): ResultAsync<void, Unavailable> =>
  items.reduce<ResultAsync<void, Unavailable>>(
    (before, item) => before.andThen(() => work(item)).map(() => undefined),
    okAsync(undefined),
  );

type Books = {
  readonly tx: BillingTx;
  readonly ids: Ids;
  readonly customer: Customer;
  readonly telling: Telling;
};

const open = ({ tx, ids, telling }: Books, intent: BillingIntent): ResultAsync<void, Unavailable> =>
  tx.intents
    .open(intent)
    .mapErr(impossible('change_in_progress'))
    .andThen(() =>
      tx.jobs.enqueue({
        id: ids.next(),
        kind: 'billing.finish-intent',
        key: `billing.finish-intent:${intent.id}`,
        accountId: telling.payer,
        payload: { sellerId: intent.sellerId, intentId: intent.id },
        runAt: plus(telling.at, FINISHED_AFTER),
      }),
    )
    .andThen(() =>
      tx.audit.record(
        telling.entry({
          accountId: telling.payer,
          action: 'subscription.end_surplus',
          target: intent.id,
          data: intent.data,
        }),
      ),
    );

/**
 * Writes down that these second subscriptions of a customer shall end, each once and with the job that looks whether
 * it was done. Intents of others are settled: their subscription has ended, or is no longer a second one.
 */
export const keepSurplus = (
  books: Books,
  surplus: readonly ViewedSubscription[],
): ResultAsync<readonly BillingIntent[], Unavailable> => {
  const { tx, ids, customer, telling } = books;
  const { id: customerId, sellerId } = customer;
  return tx.intents.pendingOf(sellerId, customerId).andThen((pending) => {
    const known = pending.filter(({ kind }) => kind === 'end_surplus');
    const wanted = surplus.map(({ id }) => id);
    const standing = known.filter((intent) => wanted.includes(subscriptionOf(intent)));
    const over = known.filter((intent) => !standing.includes(intent));
    const fresh = wanted
      .filter((id) => !standing.some((intent) => subscriptionOf(intent) === id))
      .map(
        (subscription): BillingIntent => ({
          id: ids.next(),
          sellerId,
          customerId,
          kind: 'end_surplus',
          data: { subscription },
          createdAt: telling.at,
        }),
      );
    return inTurn(fresh, (intent) => open(books, intent))
      .andThen(() => inTurn(over, ({ id }) => tx.intents.settle(sellerId, id, { state: 'done' }, telling.at)))
      .map(() => [...standing, ...fresh]);
  });
};

/** Ends them at the processor, one after the other. */
export const endSurplus = (
  { cancelNow }: Pick<MirroredSubscriptions, 'cancelNow'>,
  intents: readonly BillingIntent[],
): ResultAsync<void, ProcessorRefused | PaymentsNotConfigured | Unavailable> =>
  intents.reduce<ReturnType<typeof endSurplus>>(
    (before, intent) =>
      before
        .andThen(() => cancelNow(PLATFORM_CONNECTION, { key: intent.id, id: subscriptionOf(intent) }))
        .mapErr(neverMissing)
        .map(() => undefined),
    okAsync(undefined),
  );
