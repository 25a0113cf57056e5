import { err, errAsync, ok, okAsync, type Result, safeTry } from 'neverthrow';
import { PLATFORM } from '../../../domain/billing/seller.js';
import type { Subscription } from '../../../domain/billing/subscription.js';
import type { BillingIntent, BillingTx } from '../../../ports/billing/unit-of-work.js';
import type { Made, Once } from '../../../ports/shared/idempotency.js';
import { claim } from '../../shared/once.js';
import { type KnownCustomer, knownCustomer } from '../customers.js';
import type { BillingDeps } from '../deps.js';
import { NO_SUBSCRIPTION, type NoSubscription } from '../failures.js';
import { byPayer, type Payer } from '../payer.js';
import { act, type Change, dataOf, isChange, type Refusal, refusalOf, type Target } from './act.js';
import { finish, finishJob, GIVEN_UP_AFTER } from './finish.js';
import { record, recordRefusal, type Undertaking } from './record.js';

/** What is to become of a subscription, given how it stands; asked inside the transaction that intends it. */
export type Rule<E> = (current: Subscription) => Result<Change, E>;

export type Asked<E> = {
  readonly rule: Rule<E>;
  readonly payer: Payer;
  readonly once?: Once | undefined;
};

type Intended =
  | { readonly kind: 'before'; readonly made: Made }
  | { readonly kind: 'intended'; readonly intent: BillingIntent; readonly current: Subscription };

const targetOf = ({ id, processor }: Subscription): Target | undefined =>
  processor && { row: id, subscription: processor.id };

const write = (tx: BillingTx, { ids }: BillingDeps, intent: BillingIntent, payer: Payer) =>
  tx.intents
    .open(intent)
    .andThen(() => tx.jobs.enqueue(finishJob(ids, intent)))
    .andThen(() =>
      tx.audit.record(
        byPayer(payer, {
          action: `subscription.${intent.kind}`,
          target: intent.data['row'] ?? '',
          data: {
            intent: intent.id,
            ...(intent.data['price'] !== undefined && { price: intent.data['price'] }),
          },
        }),
      ),
    );

/** What shall be done is written down with the job that would finish it, before anybody outside is asked. */
const intend = <E>(deps: BillingDeps, customer: KnownCustomer, { rule, payer, once }: Asked<E>) => {
  const id = deps.ids.next();
  return deps.billing.run((tx) =>
    safeTry(async function* () {
      yield* tx.accounts.lockLive(payer.accountId);
      const made = yield* claim(tx, once, { ids: { intent: id } });
      if (made) return ok<Intended>({ kind: 'before', made });
      const current = yield* tx.subscriptions.liveOf(PLATFORM, customer.id);
      const target = current && targetOf(current);
      if (!current || !target) return err<never, NoSubscription>(NO_SUBSCRIPTION);
      const change = yield* rule(current);
      const intent: BillingIntent = {
        id,
        sellerId: PLATFORM,
        customerId: customer.id,
        kind: change.kind,
        data: dataOf(target, change),
        createdAt: payer.at,
      };
      yield* write(tx, deps, intent, payer);
      return ok<Intended>({ kind: 'intended', intent, current });
    }),
  );
};

/** A change that is in the way though nobody is at it any more is brought to its end; undefined: none is. */
const takeOver = (deps: BillingDeps, customer: KnownCustomer, payer: Payer) =>
  deps.billing
    .run((tx) => tx.intents.pendingOf(PLATFORM, customer.id))
    .andThen((pending) => {
      const left = pending.find(
        (intent) => isChange(intent) && payer.at - intent.createdAt >= GIVEN_UP_AFTER,
      );
      if (!left) return okAsync(false);
      const undertaking: Undertaking = { intent: left, customer, entry: (deed) => byPayer(payer, deed) };
      return finish(deps, undertaking)
        .map(() => true)
        .orElse((failure) =>
          failure.kind === 'payment_declined' || failure.kind === 'processor_refused'
            ? ok(true)
            : err(failure),
        );
    });

const intendInTurn = <E>(deps: BillingDeps, customer: KnownCustomer, asked: Asked<E>) =>
  intend(deps, customer, asked).orElse((failure) => {
    if (!isInTheWay(failure)) return errAsync(failure);
    return takeOver(deps, customer, asked.payer).andThen((over) =>
      over ? intend(deps, customer, asked) : errAsync(failure),
    );
  });

const isInTheWay = (failure: unknown): boolean =>
  typeof failure === 'object' &&
  failure !== null &&
  'kind' in failure &&
  failure.kind === 'change_in_progress';

const perform = (deps: BillingDeps, undertaking: Undertaking, current: Subscription) =>
  safeTry(async function* () {
    const acted = await act(deps.processor)(undertaking.intent);
    if (acted.isOk()) return record(deps, undertaking, acted.value, current);
    // Whether it was done is not known: the job finds out.
    if (acted.error.kind === 'unavailable') return err(acted.error);
    yield* recordRefusal(deps, undertaking, acted.error);
    return err(acted.error);
  });

/** How the first request with this key ended, or ends now. */
export const replayed = (deps: BillingDeps, customer: KnownCustomer, intentId: string, payer: Payer) =>
  safeTry(async function* () {
    const { intent, outcome } = yield* deps.billing.run((tx) =>
      tx.intents
        .pending(PLATFORM, intentId)
        .andThen((intent) => tx.intents.outcome(PLATFORM, intentId).map((outcome) => ({ intent, outcome }))),
    );
    if (intent) return finish(deps, { intent, customer, entry: (deed) => byPayer(payer, deed) });
    if (outcome?.state === 'failed') return err<never, Refusal>(refusalOf(outcome));
    const current = yield* deps.readers.subscriptionOf(PLATFORM, customer.id);
    return current ? ok(current) : err<never, NoSubscription>(NO_SUBSCRIPTION);
  });

/** Intend, act, record: a subscription is changed at the processor once, whoever dies on the way. */
export const change =
  (deps: BillingDeps) =>
  <E>(asked: Asked<E>) =>
    safeTry(async function* () {
      const { payer } = asked;
      const customer = yield* knownCustomer(deps)(payer);
      if (!customer) return err<never, NoSubscription>(NO_SUBSCRIPTION);
      const intended = yield* intendInTurn(deps, customer, asked);
      if (intended.kind === 'before')
        return replayed(deps, customer, intended.made.ids['intent'] ?? '', payer);
      const { intent, current } = intended;
      return perform(deps, { intent, customer, entry: (deed) => byPayer(payer, deed) }, current);
    });
