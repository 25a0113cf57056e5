import type { CatalogueName } from '../../domain/billing/plan.js';
import { PLATFORM } from '../../domain/billing/seller.js';
import type { AccountId } from '../../domain/shared/ids.js';
import type { PageRequest } from '../../domain/shared/page.js';
import type { Member } from '../../domain/shared/principal.js';
import { cancel, resume } from './changes/cancel.js';
import { FINISH_JOB } from './changes/finish.js';
import { finishIntent } from './changes/finish-intent.js';
import { changePlan, previewChange } from './changes/plan.js';
import { openCheckout } from './checkout.js';
import type { BillingDeps } from './deps.js';
import { receiveEvent } from './events/receive-event.js';
import { reconcileMirrors } from './events/reconcile-mirrors.js';
import { getUsage } from './get-usage.js';
import { listInvoices, upcomingInvoice } from './invoices.js';
import { createOwnPlan, createPlan, stockPlans, updatePlan } from './plans.js';
import { openPortal } from './portal.js';
import { planCheckout, purchasePlan, userPlan } from './purchase.js';
import { getSubscription } from './subscriptions.js';
import { openUpgrade } from './upgrade.js';
import { chargeUsage } from './usage/charge-usage.js';
import { reportUsage } from './usage/report-usage.js';
import { USAGE_JOB } from './usage/usage-job.js';

export type { BillingDeps, BillingSettings } from './deps.js';
export type { Payer } from './payer.js';

/** Jobs that repeat: there is one of each, made when a process starts. */
export const RECONCILE_JOB = 'billing.reconcile';
export { USAGE_JOB };

/** The billing context: what things cost, what was used of them, what is sold and who pays for it. */
export const billing = (deps: BillingDeps) => ({
  /** Writes down what the settings say: repeatable, and done whenever a process starts. */
  updatePriceBook: () => deps.priceBook.extend('storage', deps.settings.storage, deps.clock.now()),
  getUsage: getUsage(deps),
  listPlans: (catalogue: CatalogueName, page: PageRequest<string>) =>
    deps.readers.plansOf(PLATFORM, catalogue, page),
  createPlan: createPlan(deps),
  updatePlan: updatePlan(deps),
  createOwnPlan: createOwnPlan(deps),
  stockPlans: stockPlans(deps),
  openCheckout: openCheckout(deps),
  openUpgrade: openUpgrade(deps, openCheckout(deps)),
  openPortal: openPortal(deps),
  getSubscription: getSubscription(deps),
  /** How the account of a member stands, as far as it was seen when they were let in. */
  standingIn: ({ resource }: Pick<Member, 'resource'>) => deps.readers.standingIn(resource),
  standingsOf: (payers: readonly AccountId[]) => deps.readers.standingsOf(PLATFORM, payers),
  listInvoices: listInvoices(deps),
  upcomingInvoice: upcomingInvoice(deps),
  previewChange: previewChange(deps),
  changePlan: changePlan(deps),
  cancel: cancel(deps),
  resume: resume(deps),
  purchasePlan: purchasePlan(deps),
  planCheckout: planCheckout(deps),
  userPlan: userPlan(deps),
  receiveEvent: receiveEvent(deps),
  jobs: {
    [FINISH_JOB]: finishIntent(deps),
    [RECONCILE_JOB]: reconcileMirrors(deps, chargeUsage(deps)),
    [USAGE_JOB]: reportUsage(deps),
  },
});
export type Billing = ReturnType<typeof billing>;
