import type { ResultAsync } from 'neverthrow';
import type { AccountId } from '../../domain/shared/ids.js';
import type { Instant } from '../../domain/shared/time.js';
import type { Unavailable } from '../shared/failure.js';

/** What is counted where it happens, by the names that plans have for it. */
export type CountedFeature = 'tokens_issued' | 'credentials_generated' | 'api_calls';

/** That an account used something. */
export type Use = {
  readonly accountId: AccountId;
  readonly feature: CountedFeature;
  readonly amount: bigint;
  /** Counts once in its account, however often it is told of. */
  readonly key: string;
  readonly at: Instant;
};

/** Counts facts: no limit keeps any of them out. */
export type Uses = { readonly count: (uses: readonly Use[]) => ResultAsync<void, Unavailable> };
