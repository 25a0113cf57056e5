import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import { withFallbacks } from '../../domain/entitlements/decide.js';
import type { AccountFacts, FeatureFacts } from '../../domain/entitlements/facts.js';
import type { Feature } from '../../domain/entitlements/feature.js';
import { type AccountId, isUuid } from '../../domain/shared/ids.js';
import type { Instant } from '../../domain/shared/time.js';
import type { EntitlementReaders, EntitlementsTx } from '../../ports/entitlements/unit-of-work.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { EntitlementsDeps } from './deps.js';
import { FEATURE_UNKNOWN, type FeatureUnknown } from './failures.js';

/** What is known of an account, and of one feature in it. */
export type Known = { readonly account: AccountFacts; readonly facts: FeatureFacts };

type FactsOf = EntitlementReaders['facts'];
type Fallbacks = Pick<EntitlementsDeps['settings'], 'fallbacks'>;

/** The same facts with the operator’s word. */
export const completed =
  (facts: FactsOf, { fallbacks }: Fallbacks): FactsOf =>
  (account, at, keys) =>
    facts(account, at, keys).map((found) => withFallbacks(found, fallbacks));

/** Of a feature by its key. */
export const knownIn = (account: AccountFacts, key: string): Known | undefined => {
  const facts = account.features.get(key);
  return facts && { account, facts };
};

/** The key of a feature that is named by its key or id. Whether there is one of that key, its facts tell. */
export const keyOf = (
  tx: Pick<EntitlementsTx, 'features'>,
  named: string,
): ResultAsync<string, FeatureUnknown | Unavailable> =>
  isUuid(named)
    ? tx.features
        .get(named)
        .map(({ key }: Feature) => key)
        .mapErr((failure) => (failure.kind === 'not_found' ? FEATURE_UNKNOWN : failure))
    : okAsync(named);

/** What is known of one feature in one account. */
export const known = (
  facts: FactsOf,
  accountId: AccountId,
  key: string,
  at: Instant,
): ResultAsync<Known, FeatureUnknown | Unavailable> =>
  facts(accountId, at, [key]).andThen((account): ResultAsync<Known, FeatureUnknown> => {
    const found = knownIn(account, key);
    return found ? okAsync(found) : errAsync(FEATURE_UNKNOWN);
  });
