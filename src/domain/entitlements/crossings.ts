import type { AccountId } from '../shared/ids.js';
import { type Instant, iso } from '../shared/time.js';
import { allowanceOf, reaches, usedOf, windowOf } from './decide.js';
import type { AccountFacts, FeatureFacts } from './facts.js';

/** A share of a limit that use has come to in a window. Of each there is one event, and another of another limit. */
export type Crossing = {
  readonly type: 'entitlement.warned' | 'entitlement.reached';
  readonly percent: number;
  readonly feature: string;
  readonly featureId: string;
  readonly limit: bigint;
  readonly used: bigint;
  readonly windowStart: Instant;
};

/** The shares of its limit that the use of a feature has come to by now. One without use has come to none. */
export const crossingsOf = (account: AccountFacts, facts: FeatureFacts): readonly Crossing[] => {
  const { feature } = facts;
  const allowance = allowanceOf(facts)?.allowance;
  const limit = feature.kind === 'metered' ? allowance?.limit : undefined;
  if (allowance === undefined || limit === undefined) return [];
  const used = usedOf(facts, allowance, account);
  if (used <= 0n) return [];
  const common = {
    feature: feature.key,
    featureId: feature.id,
    limit,
    used,
    windowStart: windowOf(feature, allowance, account).start,
  };
  const { warnPercent } = allowance;
  return [
    ...(warnPercent < 100 && reaches(used, limit, warnPercent)
      ? [{ ...common, type: 'entitlement.warned' as const, percent: warnPercent }]
      : []),
    ...(reaches(used, limit, 100) ? [{ ...common, type: 'entitlement.reached' as const, percent: 100 }] : []),
  ];
};

/** The event that tells of a share of a limit: a stream of its own. */
export const crossingEvent = (
  { type, feature, limit, used, windowStart }: Crossing,
  { stream, accountId, at }: { readonly stream: string; readonly accountId: AccountId; readonly at: Instant },
) => ({
  stream,
  seq: 1,
  type,
  accountId,
  data: { feature, limit: Number(limit), used: Number(used), window_start: iso(windowStart) },
  at,
});
