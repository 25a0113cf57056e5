import { err, ok, type Result, type ResultAsync } from 'neverthrow';
import { decide, withFallbacks } from '../../domain/entitlements/decide.js';
import type { EntitlementDecision } from '../../domain/entitlements/decision.js';
import type { AccountFacts, FeatureFacts } from '../../domain/entitlements/facts.js';
import type { Feature } from '../../domain/entitlements/feature.js';
import type { LifecycleDecision } from '../../domain/entitlements/lifecycle.js';
import { quantityOf } from '../../domain/entitlements/quantity.js';
import type { InvalidValue } from '../../domain/entitlements/refusals.js';
import { type AccountId, isUuid } from '../../domain/shared/ids.js';
import type { PageRequest } from '../../domain/shared/page.js';
import type { Instant } from '../../domain/shared/time.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { EntitlementsDeps } from './deps.js';
import { FEATURE_UNKNOWN, type FeatureUnknown } from './failures.js';

/** All that an account may have; decisions in the order of the features. */
export type AccountEntitlements = {
  readonly plan?: { readonly id: string; readonly name: string } | undefined;
  readonly lifecycle: LifecycleDecision;
  readonly features: readonly Feature[];
  readonly decisions: readonly EntitlementDecision[];
  readonly asOf: Instant;
};

/** `feature`: its id or key. `amount`: how much more is wanted; 0 asks how it stands. */
export type Question = { readonly feature: string; readonly amount: number | bigint };

type Deps = Pick<EntitlementsDeps, 'readers' | 'recentFacts' | 'settings'>;

/** Each of its features, as it stands now. */
export const entitlementsOf =
  ({ readers, settings }: Deps) =>
  (accountId: AccountId, at: Instant): ResultAsync<AccountEntitlements, Unavailable> =>
    readers.facts(accountId, at).map((found) => {
      const account = withFallbacks(found, settings.fallbacks);
      const all = [...account.features.values()];
      return {
        plan: account.plan,
        lifecycle: account.lifecycle,
        features: all.map(({ feature }) => feature),
        decisions: all.map((facts) => decide(account, facts, 0n)),
        asOf: account.asOf,
      };
    });

const namedIn = ({ features }: AccountFacts, named: string): FeatureFacts | undefined =>
  isUuid(named) ? [...features.values()].find(({ feature }) => feature.id === named) : features.get(named);

const answer =
  (facts: (account: AccountId, at: Instant, named: string) => ResultAsync<AccountFacts, Unavailable>) =>
  ({ settings }: Deps) =>
  (
    accountId: AccountId,
    { feature, amount }: Question,
    at: Instant,
  ): ResultAsync<EntitlementDecision, FeatureUnknown | InvalidValue | Unavailable> =>
    quantityOf(amount, { field: 'amount', least: 0n }).asyncAndThen((wanted) =>
      facts(accountId, at, feature).andThen((account): Result<EntitlementDecision, FeatureUnknown> => {
        const found = namedIn(account, feature);
        if (!found) return err(FEATURE_UNKNOWN);
        const complete = { ...found, fallback: settings.fallbacks.get(found.feature.key) };
        return ok(decide(account, complete, wanted));
      }),
    );

/** From facts that may be as old as a decision may be. */
export const check = (deps: Deps) => answer((account, at) => deps.recentFacts(account, at))(deps);

/** From the database, as it is now. */
export const decideNow = (deps: Deps) =>
  answer((account, at, named) => deps.readers.facts(account, at, isUuid(named) ? undefined : [named]))(deps);

/** How an account stands commercially. */
export const posture =
  ({ readers }: Pick<Deps, 'readers'>) =>
  (accountId: AccountId, at: Instant) =>
    readers.facts(accountId, at, []).map(({ lifecycle }) => lifecycle);

/** What was used in the UTC day of `at`, by key; of a feature that is not there, nothing. */
export const windowUse =
  ({ readers }: Pick<Deps, 'readers'>) =>
  (accountId: AccountId, keys: readonly string[], at: Instant) =>
    readers
      .facts(accountId, at, keys)
      .map(
        ({ features }): ReadonlyMap<string, bigint> =>
          new Map(keys.map((key) => [key, features.get(key)?.counts.day.used ?? 0n])),
      );

/** What was put on record of an account, or of one feature in it, newest first. */
export const usageOf =
  ({ readers }: Pick<Deps, 'readers'>) =>
  (accountId: AccountId, page: PageRequest<string>, feature?: string) =>
    feature === undefined
      ? readers.records(accountId, page)
      : readers
          .feature(feature)
          .mapErr((failure) => (failure.kind === 'not_found' ? FEATURE_UNKNOWN : failure))
          .andThen(({ id }) => readers.records(accountId, page, id));
