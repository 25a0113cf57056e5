import { err, ok, okAsync, type Result, type ResultAsync, safeTry } from 'neverthrow';
import type { Customer } from '../../../domain/billing/customer.js';
import type { Subscription } from '../../../domain/billing/subscription.js';
import { lacksUsage } from '../../../domain/billing/usage-lines.js';
import { usageBeside } from '../../../domain/billing/usage-price.js';
import type { Change } from '../changes/act.js';
import { change } from '../changes/change.js';
import type { BillingDeps } from '../deps.js';
import type { PageJob } from '../events/by-page.js';
import { PLATFORM_CONNECTION } from '../events/connections.js';
import type { Then } from '../events/reconcile-mirrors.js';
import type { Payer } from '../payer.js';

type ChargedAlready = { readonly kind: 'charged_already' };

const asSystem = ({ clock }: BillingDeps, { payer }: Customer, { id }: PageJob): Payer => ({
  accountId: payer,
  at: clock.now(),
  requestId: id,
  address: '',
  actor: { kind: 'system' },
});

/** Somebody else is at it, or was, or it is over: to be looked at again in an hour. */
const LATER: readonly string[] = ['charged_already', 'change_in_progress', 'no_subscription', 'not_found'];

const add = (deps: BillingDeps, usage: string, payer: Payer) => {
  const rule = (current: Subscription): Result<Change, ChargedAlready> =>
    lacksUsage(current) ? ok({ kind: 'add_usage', usage }) : err({ kind: 'charged_already' });
  return change(deps)({ rule, payer }).orElse((failure) =>
    LATER.includes(failure.kind) ? ok(undefined) : err(failure),
  );
};

/**
 * A subscription that began before what is used was charged, or at the processor's own door, gets the price for it:
 * as a change like any other, intended first and done once. What was used before waits for it.
 */
export const chargeUsage =
  (deps: BillingDeps): Then =>
  (customer, rows, job): ResultAsync<unknown, { readonly kind: string }> =>
    safeTry(async function* () {
      const { processor } = rows.find(lacksUsage) ?? {};
      if (!processor) return okAsync(undefined);
      const plan = yield* deps.processor.catalogue.price(PLATFORM_CONNECTION, processor.priceId);
      const usage = usageBeside(plan, deps.settings.storage.currency);
      return usage === undefined
        ? okAsync(undefined)
        : add(deps, usage, asSystem(deps, customer, job)).map(() => undefined);
    });
