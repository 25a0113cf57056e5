import type { ResultAsync } from 'neverthrow';
import type { AccountId } from '../../domain/shared/ids.js';
import type { Instant } from '../../domain/shared/time.js';
import type { Unavailable } from '../shared/failure.js';

/** What somebody else keeps of the first steps in a new platform account. */
export type Onboarding = {
  /** Once for each account, in the unit that adds it. */
  readonly begin: (id: string, account: AccountId, at: Instant) => ResultAsync<void, Unavailable>;
};
