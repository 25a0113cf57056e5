import type { Accounts } from '../../../application/accounts/index.js';
import type { Billing } from '../../../application/billing/index.js';
import type { Entitlements } from '../../../application/entitlements/index.js';

/** What the SentryAgent routes call. */
export type App = {
  readonly accounts: Accounts;
  readonly billing: Billing;
  readonly entitlements: Entitlements;
};
