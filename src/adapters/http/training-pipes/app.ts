import type { Accounts } from '../../../application/accounts/index.js';
import type { Billing } from '../../../application/billing/index.js';
import type { Entitlements } from '../../../application/entitlements/index.js';
import type { Fleet } from '../../../application/fleet/index.js';
import type { Storage } from '../../../application/storage/index.js';
import type { Ids } from '../../../ports/shared/ids.js';
import type { PageTokens } from '../../../ports/shared/page-tokens.js';

/** What the Training Pipes routes call. */
export type App = {
  readonly accounts: Accounts;
  readonly storage: Storage;
  readonly fleet: Fleet;
  readonly billing: Billing;
  readonly entitlements: Entitlements;
  readonly ids: Ids;
  readonly pages: PageTokens;
  /** True when the process can do its work (the database answers). */
  readonly ready: () => Promise<boolean>;
  readonly version: string;
};
