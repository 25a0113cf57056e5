import { err, ok, okAsync } from 'neverthrow';
import type { RecentFacts } from '../application/entitlements/deps.js';
import type { Entitlements } from '../application/entitlements/index.js';
import { impossible } from '../application/shared/impossible.js';
import type { Allowance } from '../domain/entitlements/allowance.js';
import { decide } from '../domain/entitlements/decide.js';
import type { EntitlementDecision } from '../domain/entitlements/decision.js';
import type { AccountFacts } from '../domain/entitlements/facts.js';
import type { HeldFeature } from '../domain/entitlements/feature.js';
import { holding, takeTerms } from '../domain/entitlements/quota.js';
import type { StorageSize } from '../domain/storage/storage-size.js';
import type { FleetEntitlements } from '../ports/fleet/entitlements.js';
import type { Clock } from '../ports/shared/clock.js';
import type { StorageLimits, StorageRule } from '../ports/storage/limits.js';

export const PAID_INSTANCES = 'paid_instances';

/** What costs nothing may be had by everybody; the rest is a feature of plans. */
export const fleetEntitlements = (
  { decideNow }: Pick<Entitlements, 'decideNow'>,
  clock: Clock,
): FleetEntitlements => ({
  mayLaunch: (account, { freeTier, name }) =>
    freeTier
      ? okAsync(undefined)
      : decideNow(account, { feature: PAID_INSTANCES, amount: 1 }, clock.now())
          .mapErr(impossible('feature_unknown', 'invalid_value'))
          .andThen((decision) =>
            decision.outcome === 'block'
              ? err({ kind: 'not_entitled' as const, reason: `${name} is not free`, decision })
              : ok(undefined),
          ),
});

type Known = { readonly account: AccountFacts; readonly fallbacks: ReadonlyMap<string, Allowance> };

const blocked = (
  { account, fallbacks }: Known,
  feature: HeldFeature,
  used: number,
  more: number,
): EntitlementDecision | undefined => {
  const known = account.features.get(feature);
  if (known === undefined) throw new Error(`there is no feature ${feature}`);
  const facts = { ...known, fallback: fallbacks.get(feature) };
  // A store may have been found to hold less than nothing.
  const decision = decide(account, holding(facts, BigInt(Math.max(0, used))), BigInt(more));
  const isOver = more > 0 || decision.reason !== 'limit_reached';
  return decision.outcome === 'block' && isOver ? decision : undefined;
};

/** From where on everything is refused, at the latest; undefined: nothing is for being too much. */
const ceilingOf = ({ account, fallbacks }: Known, feature: HeldFeature): number | undefined => {
  const known = account.features.get(feature);
  if (known === undefined) throw new Error(`there is no feature ${feature}`);
  const terms = takeTerms(account, { ...known, fallback: fallbacks.get(feature) }, 0n);
  if ('refused' in terms) return 0;
  return terms.ceiling === undefined ? undefined : Number(terms.ceiling);
};

const ruleOf = (known: Known): StorageRule =>
  Object.assign(
    (used: StorageSize, more: StorageSize) =>
      blocked(known, 'storage_bytes', used.bytes, more.bytes) ??
      blocked(known, 'objects', used.objects, more.objects),
    { ceiling: { bytes: ceilingOf(known, 'storage_bytes'), objects: ceilingOf(known, 'objects') } },
  );

/** What takes no room is refused only where nothing may be stored at all. */
export const storageLimits = (
  facts: RecentFacts,
  fallbacks: ReadonlyMap<string, Allowance>,
  clock: Clock,
): StorageLimits => {
  // The same facts are asked for again and again for as long as they are recent.
  const rules = new WeakMap<AccountFacts, StorageRule>();
  const ruleBy = (account: AccountFacts): StorageRule => {
    const rule = rules.get(account) ?? ruleOf({ account, fallbacks });
    rules.set(account, rule);
    return rule;
  };
  return { ruleFor: (id) => facts(id, clock.now()).andThen((account) => ok(ruleBy(account))) };
};
