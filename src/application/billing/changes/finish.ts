import { err, ok, okAsync, type ResultAsync, safeTry } from 'neverthrow';
import { canonicalStatus, type Subscription } from '../../../domain/billing/subscription.js';
import { HOUR, type Instant, MINUTE, plus } from '../../../domain/shared/time.js';
import type { SubscriptionView } from '../../../ports/billing/mirrored-subscriptions.js';
import type { BillingIntent, IntentOutcome } from '../../../ports/billing/unit-of-work.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import type { Ids } from '../../../ports/shared/ids.js';
import type { NewJob } from '../../../ports/shared/jobs.js';
import type { BillingDeps } from '../deps.js';
import { PLATFORM_CONNECTION } from '../events/connections.js';
import { act, isDone, type Looked, type Refusal } from './act.js';
import { recordAfresh, recordRefusal, type Undertaking } from './record.js';

export const FINISH_JOB = 'billing.finish-intent';

/** Whoever began is dead, or has given up, once so much time has passed. */
export const GIVEN_UP_AFTER = MINUTE;
/** Processors forget keys after a day, and the same key would then do it a second time. */
const KEYS_LAST = 20 * HOUR;
/** A page to pay on is gone after a day. */
const PAGES_LAST = 24 * HOUR;

/** The job that looks whether an intent came to its end. */
export const finishJob = (ids: Ids, { id, sellerId, kind, createdAt }: BillingIntent): NewJob => ({
  id: ids.next(),
  kind: FINISH_JOB,
  key: `${FINISH_JOB}:${id}`,
  payload: { sellerId, intentId: id },
  runAt: plus(createdAt, kind === 'checkout' ? PAGES_LAST : GIVEN_UP_AFTER),
});

const tooOld = ({ createdAt }: BillingIntent, now: Instant): boolean => now - createdAt > KEYS_LAST;

const TOO_LATE: IntentOutcome = {
  state: 'failed',
  data: {
    kind: 'processor_refused',
    code: 'too_late',
    reason: 'The processor could not be reached in time.',
  },
};

/** Too late to do anything: looks whether it was done. */
const lookOnly = (deps: BillingDeps, undertaking: Undertaking) => {
  const { intent } = undertaking;
  const { subscriptions } = deps.processor;
  const id = intent.data['subscription'] ?? '';
  const planned = ({ status }: SubscriptionView) =>
    intent.kind === 'change_plan_later' && canonicalStatus(status) !== 'ended'
      ? subscriptions.planned(PLATFORM_CONNECTION, id)
      : okAsync(undefined);
  return subscriptions
    .get(PLATFORM_CONNECTION, id)
    .andThen((view) => planned(view).map((price): Looked => ({ ...view, planned: price })))
    .orElse((failure) => (failure.kind === 'processor_missing' ? ok(undefined) : err(failure)))
    .andThen((view) => recordAfresh(deps, undertaking, isDone(intent, view) ? { state: 'done' } : TOO_LATE));
};

/**
 * Does again what an intent says, with its key, and writes down how things stand then: what the processor answers to
 * a key that it knows is how they stood at first.
 */
export const finish = (
  deps: BillingDeps,
  undertaking: Undertaking,
): ResultAsync<Subscription, Refusal | Unavailable> => {
  const { intent } = undertaking;
  if (tooOld(intent, deps.clock.now())) return lookOnly(deps, undertaking);
  return safeTry(async function* () {
    const acted = await act(deps.processor)(intent);
    if (acted.isOk()) return recordAfresh(deps, undertaking);
    // Without a key nobody was asked; somebody may have been, when there was one.
    if (acted.error.kind === 'payment_declined' || acted.error.kind === 'processor_refused')
      yield* recordRefusal(deps, undertaking, acted.error);
    return err(acted.error);
  });
};
