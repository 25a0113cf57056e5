import { err, errAsync, ok, type Result, safeTry } from 'neverthrow';
import { endedAt } from '../../../domain/billing/mirror.js';
import { PLATFORM } from '../../../domain/billing/seller.js';
import type { Subscription } from '../../../domain/billing/subscription.js';
import { impossible } from '../../shared/impossible.js';
import type { BillingDeps } from '../deps.js';
import { saveSubscription, type Telling } from '../events/tell.js';
import {
  type AlreadyCancelling,
  NO_SUBSCRIPTION,
  type NoSubscription,
  type NotCancelling,
  neverDeclined,
} from '../failures.js';
import { byPayer, type Payer } from '../payer.js';
import type { Change } from './act.js';
import { change, type Rule } from './change.js';

const toCancel = ({ cancelAtPeriodEnd }: Subscription): Result<Change, AlreadyCancelling> =>
  cancelAtPeriodEnd ? err({ kind: 'already_cancelling' }) : ok({ kind: 'cancel' });

const toResume = ({ cancelAtPeriodEnd }: Subscription): Result<Change, NotCancelling> =>
  cancelAtPeriodEnd ? ok({ kind: 'resume' }) : err({ kind: 'not_cancelling' });

/** A subscription that only we keep has no paid period to wait for: it ends at once. */
const endDerived = ({ billing, readers }: BillingDeps, payer: Payer) =>
  safeTry(async function* () {
    const customer = yield* readers.customerOf(PLATFORM, payer.accountId);
    if (!customer) return err<never, NoSubscription>(NO_SUBSCRIPTION);
    return billing.run((tx) =>
      safeTry(async function* () {
        yield* tx.accounts.lockLive(payer.accountId);
        const current = yield* tx.subscriptions.liveOf(PLATFORM, customer.id);
        if (current?.truthSource !== 'derived') return err<never, NoSubscription>(NO_SUBSCRIPTION);
        const telling: Telling = {
          payer: payer.accountId,
          at: payer.at,
          entry: (deed) => byPayer(payer, deed),
        };
        const ended = endedAt(current, payer.at);
        return saveSubscription(tx, current, ended, telling).mapErr(
          impossible('already_subscribed', 'stale_version'),
        );
      }),
    );
  });

/** One that asks for no money and carries no key of the client's. */
const plainly = <E extends { readonly kind: string }>(
  deps: BillingDeps,
  asked: { readonly rule: Rule<E>; readonly payer: Payer },
) =>
  change(deps)(asked)
    .mapErr(neverDeclined)
    .mapErr(impossible('idempotency_key_reused', 'idempotency_in_progress'));

/** Runs on until its period ends, and then no more. */
export const cancel = (deps: BillingDeps) => (payer: Payer) =>
  plainly(deps, { rule: toCancel, payer }).orElse((failure) =>
    failure.kind === 'no_subscription' ? endDerived(deps, payer) : errAsync(failure),
  );

/** Takes a cancellation back, as long as the period runs. */
export const resume = (deps: BillingDeps) => (payer: Payer) => plainly(deps, { rule: toResume, payer });
