import { err, ok, type Result } from 'neverthrow';
import { decide } from './decide.js';
import type { EntitlementDecision } from './decision.js';
import type { AccountFacts } from './facts.js';
import type { LifecycleDecision } from './lifecycle.js';
import { lifecycleOf } from './posture.js';

/** Features that workspaces are asked for before something happens in them. */
export const GATED = ['onboarding', 'review_packs'] as const;
export type GatedFeature = (typeof GATED)[number];

/** What the workspace has does not include this feature. */
export type NotEntitled = { readonly kind: 'not_entitled'; readonly decision: EntitlementDecision };
/** The commercial posture of the workspace blocks it. */
export type LifecycleBlocked = { readonly kind: 'lifecycle_blocked'; readonly decision: LifecycleDecision };

/** First whether the workspace has the feature at all, then whether its posture lets it be used. */
export const gate = (
  account: AccountFacts,
  feature: GatedFeature,
): Result<LifecycleDecision, NotEntitled | LifecycleBlocked> => {
  const facts = account.features.get(feature);
  if (facts === undefined) throw new Error(`there is no feature ${feature}`);
  const unhindered = { ...account, lifecycle: lifecycleOf(undefined, undefined, account.asOf) };
  const decision = decide(unhindered, facts, 1n);
  if (decision.outcome === 'block') return err({ kind: 'not_entitled', decision });
  return account.lifecycle.outcome === 'block'
    ? err({ kind: 'lifecycle_blocked', decision: account.lifecycle })
    : ok(account.lifecycle);
};
