import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { Customer } from '../../../domain/billing/customer.js';
import { type MirrorPlan, planWithoutAccount } from '../../../domain/billing/mirror-plan.js';
import { isLive } from '../../../domain/billing/subscription.js';
import type { BillingTx } from '../../../ports/billing/unit-of-work.js';
import type { Unavailable } from '../../../ports/shared/failure.js';

type Found = { readonly customer: Customer; readonly plan: MirrorPlan };

const becomesLive = ({ before, after }: MirrorPlan['changes'][number]): boolean =>
  isLive(after) && (before === undefined || !isLive(before));

/**
 * What is to be done, given whether the account that pays is there: whoever deletes it waits for this unit. Where it is
 * gone, what is live is ended like a second one.
 */
export const planFor = (
  tx: BillingTx,
  { customer, plan }: Found,
  always: boolean,
): ResultAsync<MirrorPlan, Unavailable> =>
  plan.sole.length > 0 && (always || plan.changes.some(becomesLive))
    ? tx.accounts
        .lockLive(customer.payer)
        .map(() => plan)
        .orElse((failure) =>
          failure.kind === 'not_found' ? okAsync(planWithoutAccount(plan)) : errAsync(failure),
        )
    : okAsync(plan);
