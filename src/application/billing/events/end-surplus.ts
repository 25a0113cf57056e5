import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { Customer } from '../../../domain/billing/customer.js';
import type { MirrorPlan } from '../../../domain/billing/mirror-plan.js';
import { MINUTE, plus } from '../../../domain/shared/time.js';
import type { MirroredSubscriptions } from '../../../ports/billing/mirrored-subscriptions.js';
import type { PaymentsNotConfigured, ProcessorRefused } from '../../../ports/billing/processor.js';
import type {
  BillingIntent,
  BillingTx,
  BillingUnitOfWork,
  IntentOutcome,
} from '../../../ports/billing/unit-of-work.js';
import type { Clock } from '../../../ports/shared/clock.js';
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
 * Writes down that second subscriptions of a customer shall end and be paid back, each once and with the job that
 * looks whether it was done. One that has ended is still to be paid back. The intent of one that is no longer a second
 * one is settled, once whoever opened it is done or dead: till then they may be at it, and we may have looked before.
 */
export const keepSurplus = (
  books: Books,
  { surplus, over, sole }: Pick<MirrorPlan, 'surplus' | 'over' | 'sole'>,
): ResultAsync<readonly BillingIntent[], Unavailable> => {
  const { tx, ids, customer, telling } = books;
  const { id: customerId, sellerId } = customer;
  return tx.intents.pendingOf(sellerId, customerId).andThen((pending) => {
    const known = pending.filter(({ kind }) => kind === 'end_surplus');
    const standing = known.filter((intent) => [...surplus, ...over].includes(subscriptionOf(intent)));
    const idle = known.filter(
      (intent) => sole.includes(subscriptionOf(intent)) && telling.at - intent.createdAt >= FINISHED_AFTER,
    );
    const fresh = surplus
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
      .andThen(() => inTurn(idle, ({ id }) => tx.intents.settle(sellerId, id, { state: 'done' }, telling.at)))
      .map(() => [...standing, ...fresh]);
  });
};

/** What ending them asks of the world. */
export type EndDeps = {
  readonly clock: Clock;
  readonly billing: BillingUnitOfWork;
  readonly processor: {
    readonly subscriptions: Pick<MirroredSubscriptions, 'cancelNow' | 'refundLatest'>;
  };
};
type Ending = { readonly customer: Customer; readonly entry: Telling['entry'] };
type Failure = ProcessorRefused | PaymentsNotConfigured | Unavailable;

const isPending = (
  { billing }: EndDeps,
  { sellerId, id }: BillingIntent,
): ResultAsync<boolean, Unavailable> =>
  billing.run((tx) => tx.intents.pending(sellerId, id)).map((pending) => pending !== undefined);

/**
 * That it was paid back, or why the processor does not: an end as well, which somebody has to look at. Where another
 * was at it too, one of both says so; where another took it for idle meanwhile, what was done is on record all the same.
 */
const settleRefund = (
  { billing, clock }: EndDeps,
  { customer, entry }: Ending,
  intent: BillingIntent,
  outcome: IntentOutcome,
): ResultAsync<void, Unavailable> =>
  billing.run((tx) =>
    tx.intents.outcome(intent.sellerId, intent.id).andThen((before) =>
      before?.data !== undefined
        ? okAsync(undefined)
        : tx.intents.settle(intent.sellerId, intent.id, outcome, clock.now()).andThen(() =>
            tx.audit.record(
              entry({
                accountId: customer.payer,
                action: outcome.state === 'done' ? 'subscription.refund' : 'subscription.refund_refused',
                target: intent.id,
                data: { ...intent.data, ...outcome.data },
              }),
            ),
          ),
    ),
  );

type Target = Parameters<MirroredSubscriptions['cancelNow']>[1];

const ended = ({ processor }: EndDeps, target: Target): ResultAsync<void, Failure> =>
  processor.subscriptions
    .cancelNow(PLATFORM_CONNECTION, target)
    .map(() => undefined)
    // One that the processor does not have is over.
    .orElse((failure) => (failure.kind === 'processor_missing' ? okAsync(undefined) : errAsync(failure)));

const paidBack = ({ processor }: EndDeps, target: Target): ResultAsync<IntentOutcome, Failure> =>
  processor.subscriptions
    .refundLatest(PLATFORM_CONNECTION, target)
    .mapErr(neverMissing)
    .map((refunded): IntentOutcome => ({ state: 'done', data: { refunded: String(refunded) } }))
    .orElse((failure) =>
      failure.kind === 'processor_refused'
        ? okAsync<IntentOutcome, Failure>({ state: 'failed', data: { ...failure } })
        : errAsync(failure),
    );

const endOne = (deps: EndDeps, ending: Ending, intent: BillingIntent): ResultAsync<void, Failure> => {
  const target = { key: intent.id, id: subscriptionOf(intent) };
  // Whoever was held up here for long may find that there is nothing to be done any more.
  return isPending(deps, intent).andThen((pending) =>
    pending
      ? ended(deps, target)
          .andThen(() => paidBack(deps, target))
          .andThen((outcome) => settleRefund(deps, ending, intent, outcome))
      : okAsync<void, Failure>(undefined),
  );
};

/** Ends them at the processor, one after the other, and has what was paid for them paid back. */
export const endSurplus = (
  deps: EndDeps,
  ending: Ending,
  intents: readonly BillingIntent[],
): ResultAsync<void, Failure> =>
  intents.reduce<ResultAsync<void, Failure>>(
    (before, intent) => before.andThen(() => endOne(deps, ending, intent)),
    okAsync(undefined),
  );
