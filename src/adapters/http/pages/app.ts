import type { Accounts } from '../../../application/accounts/index.js';
import type { Billing } from '../../../application/billing/index.js';
import type { Entitlements } from '../../../application/entitlements/index.js';
import type { Fleet } from '../../../application/fleet/index.js';
import type { Storage } from '../../../application/storage/index.js';
import type { Digest } from '../../../ports/shared/digest.js';
import type { PageTokens } from '../../../ports/shared/page-tokens.js';
import type { Random } from '../../../ports/shared/random.js';
import type { CookieJar } from './kit/cookies.js';
import type { Home } from './kit/same-origin.js';

/** What the pages call, and what they have to know of where they are. */
export type App = CookieJar &
  Home & {
    readonly accounts: Accounts;
    readonly storage: Storage;
    readonly fleet: Fleet;
    readonly billing: Billing;
    readonly entitlements: Entitlements;
    readonly pages: PageTokens;
    readonly digest: Digest;
    readonly random: Random;
    /** Where these pages are, for those who come back from the payment processor's. */
    readonly home: () => string;
    /** Origins of the processor's pages, to which forms of ours may lead on. */
    readonly processorPages: () => readonly string[];
    readonly registration: 'open' | 'invite' | 'closed';
  };
