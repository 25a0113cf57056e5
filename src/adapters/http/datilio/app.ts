import type { Accounts } from '../../../application/accounts/index.js';
import type { Billing } from '../../../application/billing/index.js';
import type { Entitlements } from '../../../application/entitlements/index.js';
import type { PageTokens } from '../../../ports/shared/page-tokens.js';

/** What the Datilio routes call. */
export type App = {
  readonly accounts: Accounts;
  readonly billing: Billing;
  readonly entitlements: Entitlements;
  readonly pages: PageTokens;
  /** Where the payment processor sends people when they have paid, and when they would rather not. */
  readonly comeBack: () => { readonly successUrl: string; readonly cancelUrl: string };
};
