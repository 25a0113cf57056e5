import { err, errAsync, ok, okAsync, type ResultAsync, safeTry } from 'neverthrow';
import type { Customer } from '../../../domain/billing/customer.js';
import { mirrored, standsAsBefore } from '../../../domain/billing/mirror.js';
import type { Subscription } from '../../../domain/billing/subscription.js';
import type { SubscriptionView } from '../../../ports/billing/mirrored-subscriptions.js';
import type {
  AlreadySubscribed,
  BillingIntent,
  BillingTx,
  IntentOutcome,
} from '../../../ports/billing/unit-of-work.js';
import type { StaleVersion, Unavailable } from '../../../ports/shared/failure.js';
import { impossible } from '../../shared/impossible.js';
import type { BillingDeps } from '../deps.js';
import { mirrorCustomer } from '../events/mirror-customer.js';
import { saveSubscription, type Telling } from '../events/tell.js';
import { failed, type Refusal } from './act.js';

/** An intent with all that is said when it is over. */
export type Undertaking = {
  readonly intent: BillingIntent;
  readonly customer: Customer;
  readonly entry: Telling['entry'];
};

const DONE: IntentOutcome = { state: 'done' };

const tellingOf = ({ clock }: BillingDeps, { customer, entry }: Undertaking): Telling => ({
  payer: customer.payer,
  at: clock.now(),
  entry,
});

const settle = (
  tx: BillingTx,
  { intent }: Undertaking,
  outcome: IntentOutcome,
  { at }: Telling,
): ResultAsync<void, Unavailable> => tx.intents.settle(intent.sellerId, intent.id, outcome, at);

/** The plan for the end of the period, which the processor's view does not tell. */
const withPlan = (row: Subscription, { kind, data }: BillingIntent): Subscription => {
  if (kind !== 'change_plan_later' || row.status === 'ended' || row.cancelAtPeriodEnd) return row;
  const { nextPriceId: _before, ...rest } = row;
  const planned = row.processor?.priceId === data['price'] ? undefined : data['priceId'];
  return { ...rest, ...(planned !== undefined && { nextPriceId: planned }) };
};

type Written = ResultAsync<Subscription, StaleVersion | AlreadySubscribed | Unavailable>;

const save = (tx: BillingTx, before: Subscription, after: Subscription, telling: Telling): Written =>
  standsAsBefore(before, after) ? okAsync(before) : saveSubscription(tx, before, after, telling);

/** The processor's answer, as long as our row is the version it was before we asked, and nobody has confirmed that. */
const recordView = (
  deps: BillingDeps,
  undertaking: Undertaking,
  view: SubscriptionView,
  asked: Subscription,
) =>
  safeTry(async function* () {
    const { intent } = undertaking;
    const { sellerId, customerId } = intent;
    const telling = tellingOf(deps, undertaking);
    const priced = yield* deps.readers.price(sellerId, { processorId: view.price });
    return deps.billing.run((tx) =>
      safeTry(async function* () {
        const id = intent.data['row'] ?? '';
        const before = yield* tx.subscriptions.get(sellerId, id).mapErr(impossible('not_found'));
        if (before.version !== asked.version || before.confirmed !== asked.confirmed)
          return err<never, StaleVersion>({ kind: 'stale_version', id });
        const priceId = priced?.price.id;
        const now = mirrored(before, view, { id, sellerId, customerId, priceId, at: telling.at });
        const saved = yield* save(tx, before, withPlan(now, intent), telling);
        yield* settle(tx, undertaking, DONE, telling);
        return ok(saved);
      }),
    );
  });

/** Asks the processor how things stand now, writes that down, and that the intent is over. */
export const recordAfresh = (deps: BillingDeps, undertaking: Undertaking, outcome = DONE) => {
  const { intent, customer, entry } = undertaking;
  const also = (tx: BillingTx, rows: readonly Subscription[]) =>
    safeTry(async function* () {
      const telling = tellingOf(deps, undertaking);
      const row = rows.find(({ id }) => id === intent.data['row']);
      if (row && outcome.state === 'done') yield* save(tx, row, withPlan(row, intent), telling);
      yield* settle(tx, undertaking, outcome, telling);
      return ok(undefined);
    });
  return mirrorCustomer(deps)(customer, { entry, also }).andThen(() =>
    deps.billing
      .run((tx) => tx.subscriptions.get(intent.sellerId, intent.data['row'] ?? ''))
      .mapErr(impossible('not_found')),
  );
};

/** The processor has done it and says how things stand. Somebody may have been faster to write down more. */
export const record = (
  deps: BillingDeps,
  undertaking: Undertaking,
  view: SubscriptionView,
  asked: Subscription,
) =>
  recordView(deps, undertaking, view, asked).orElse((failure) =>
    failure.kind === 'stale_version' || failure.kind === 'already_subscribed'
      ? recordAfresh(deps, undertaking)
      : errAsync(failure),
  );

/** The processor has said no: all is as it was. */
export const recordRefusal = (
  deps: BillingDeps,
  undertaking: Undertaking,
  refusal: Refusal,
): ResultAsync<void, Unavailable> => {
  const telling = tellingOf(deps, undertaking);
  const { intent, customer, entry } = undertaking;
  return deps.billing.run((tx) =>
    settle(tx, undertaking, failed(refusal), telling).andThen(() =>
      tx.audit.record(
        entry({
          accountId: customer.payer,
          action: `subscription.${intent.kind}_refused`,
          target: intent.data['row'] ?? '',
          data: { code: 'code' in refusal ? refusal.code : refusal.kind },
        }),
      ),
    ),
  );
};
