import { errAsync, type ResultAsync } from 'neverthrow';
import type { AccountFacts, FeatureFacts } from '../../domain/entitlements/facts.js';
import { beyondCeiling, holding, takeTerms, upTo } from '../../domain/entitlements/quota.js';
import type { AccountId } from '../../domain/shared/ids.js';
import type { Instant } from '../../domain/shared/time.js';
import type { EntitlementReaders, Usage } from '../../ports/entitlements/unit-of-work.js';
import type { Events } from '../../ports/shared/events.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { Ids } from '../../ports/shared/ids.js';
import type { QuotaExceeded, QuotaFeature, SharedTx } from '../../ports/shared/shared-tx.js';
import { tellCrossings } from './crossings.js';

/** What an account may have of each feature where neither its plan nor an override says so; absent: no end. */
export type Quotas = { readonly [Feature in QuotaFeature]?: number | undefined };

type Held = { readonly account: AccountId; readonly feature: QuotaFeature; readonly amount: bigint };

/** What it takes to hold somebody to a limit, on one unit. */
export type Limited = {
  readonly quotas: Quotas;
  readonly ids: Ids;
  readonly events: Events;
  readonly facts: EntitlementReaders['facts'];
  readonly crossed: Usage['crossed'];
  /** Counts so much more unless that goes beyond the ceiling, and answers what it has come to. */
  readonly count: (held: Held, ceiling: bigint | undefined) => ResultAsync<bigint | undefined, Unavailable>;
};

type Known = { readonly account: AccountFacts; readonly one: FeatureFacts };

const known = (
  { facts, quotas }: Limited,
  { account, feature }: Held,
  at: Instant,
): ResultAsync<Known, Unavailable> =>
  facts(account, at, [feature]).map((all) => {
    const one = all.features.get(feature);
    if (one === undefined) throw new Error(`there is no feature ${feature}`);
    return { account: all, one: { ...one, fallback: upTo(quotas[feature]) } };
  });

const exceeded = (decision: QuotaExceeded['decision']): ResultAsync<never, QuotaExceeded> =>
  errAsync({ kind: 'quota_exceeded', decision });

/** On what terms one may be had, the facts say; whether it is had, the counter. */
export const limitedTake =
  (limited: Limited): SharedTx['quota']['take'] =>
  (account, feature, n, at) => {
    const held: Held = { account, feature, amount: BigInt(n) };
    return known(limited, held, at).andThen((before) => {
      const terms = takeTerms(before.account, before.one, held.amount);
      if ('refused' in terms) return exceeded(terms.refused);
      return limited
        .count(held, terms.ceiling)
        .andThen(
          (used): ResultAsync<void, QuotaExceeded | Unavailable> =>
            used === undefined
              ? known(limited, held, at).andThen((now) =>
                  exceeded(beyondCeiling(now.account, now.one, held.amount)),
                )
              : tellCrossings(limited, before.account, holding(before.one, used), at),
        );
    });
  };
