import type { Allowance, WindowKind } from './allowance.js';
import type { DecisionReason, DecisionSource, EntitlementDecision } from './decision.js';
import type { AccountFacts, FeatureFacts } from './facts.js';
import type { Outcome } from './lifecycle.js';
import { countedBy, type Window, windowAt } from './windows.js';

type Ruling = { readonly outcome: Outcome; readonly reason: DecisionReason };
/** What was said of a feature, and by whom. */
export type Granted = {
  readonly allowance: Allowance;
  readonly source: Exclude<DecisionSource, 'lifecycle'>;
};

/** An override goes before the plan, and the plan before the operator’s settings. */
export const allowanceOf = ({ overridden, planned, fallback }: FeatureFacts): Granted | undefined => {
  if (overridden) return { allowance: overridden, source: 'override' };
  if (planned) return { allowance: planned, source: 'plan' };
  return fallback && { allowance: fallback, source: 'default' };
};

/** The window that an allowance counts in, and in which counter that is. What is held counts as long as it is held. */
export const windowOf = (
  { held }: Pick<FeatureFacts['feature'], 'held'>,
  { window }: Pick<Allowance, 'window'>,
  { period, asOf }: Pick<AccountFacts, 'period' | 'asOf'>,
): Window & { readonly counter: WindowKind } => {
  const kind = held ? 'lifetime' : window;
  const { start, end } = windowAt(kind, period, asOf);
  return { start, end, counter: countedBy(kind, period, asOf) };
};

/**
 * What is used of a feature in the window that counts, with what is set aside. Below nothing where more was taken back
 * than was recorded: that may be used on top of the limit.
 */
export const usedOf = (
  facts: FeatureFacts,
  allowance: Allowance | undefined,
  account: AccountFacts,
): bigint => {
  if (facts.feature.kind !== 'metered') return 0n;
  if (facts.feature.held) return facts.held;
  if (allowance === undefined) return 0n;
  const { used, reserved } = facts.counts[windowOf(facts.feature, allowance, account).counter];
  return used + reserved;
};

/** True from this share of a limit on: the smallest use that `percent` of the limit is not more than. */
export const reaches = (used: bigint, limit: bigint, percent: number): boolean =>
  used * 100n >= limit * BigInt(percent);

const meteredRuling = ({ limit, soft, warnPercent }: Allowance, used: bigint, amount: bigint): Ruling => {
  if (limit === undefined) return { outcome: 'allow', reason: 'unlimited' };
  const after = used + amount;
  // Who asks for nothing asks whether there is anything left.
  const wanted = amount > 0n ? after : used + 1n;
  if (!soft && wanted > limit) return { outcome: 'block', reason: 'limit_reached' };
  if (after > limit) return { outcome: 'warn', reason: 'over_soft_limit' };
  return reaches(after, limit, warnPercent)
    ? { outcome: 'warn', reason: 'near_limit' }
    : { outcome: 'allow', reason: 'within_limit' };
};

const staticRuling = ({ limit, soft }: Allowance, amount: bigint): Ruling => {
  if (limit === undefined) return { outcome: 'allow', reason: 'unlimited' };
  if (amount <= limit) return { outcome: 'allow', reason: 'within_limit' };
  return soft
    ? { outcome: 'warn', reason: 'over_soft_limit' }
    : { outcome: 'block', reason: 'above_maximum' };
};

const ruling = ({ feature }: FeatureFacts, allowance: Allowance, used: bigint, amount: bigint): Ruling => {
  if (feature.kind === 'metered') return meteredRuling(allowance, used, amount);
  if (feature.kind === 'static') return staticRuling(allowance, amount);
  return allowance.granted
    ? { outcome: 'allow', reason: 'granted' }
    : { outcome: 'block', reason: 'not_granted' };
};

/** How an account stands commercially comes on top: it blocks what was allowed, and gives a word of warning. */
const underLifecycle = (
  decision: EntitlementDecision,
  { outcome }: AccountFacts['lifecycle'],
): EntitlementDecision => {
  if (outcome === 'block') return { ...decision, outcome, reason: 'lifecycle_blocked', source: 'lifecycle' };
  return outcome === 'warn' && decision.outcome === 'allow'
    ? { ...decision, outcome, reason: 'lifecycle_warning', source: 'lifecycle' }
    : decision;
};

const remainingOf = (limit: bigint | undefined, used: bigint): bigint | undefined => {
  if (limit === undefined) return undefined;
  return used < limit ? limit - used : 0n;
};

/**
 * May the account have `amount` more of this now? Of a boolean feature the amount means nothing, of a static one it
 * is the size of the thing. 0 asks how it stands: whether there is anything left.
 */
export const decide = (account: AccountFacts, facts: FeatureFacts, amount: bigint): EntitlementDecision => {
  const granted = allowanceOf(facts);
  const decision = granted ? underAllowance(account, facts, granted, amount) : notInPlan(account, facts);
  return underLifecycle(decision, account.lifecycle);
};

const notInPlan = ({ asOf }: AccountFacts, { feature }: FeatureFacts): EntitlementDecision => ({
  feature: feature.key,
  outcome: 'block',
  reason: 'not_in_plan',
  source: 'default',
  used: 0n,
  asOf,
});

const underAllowance = (
  account: AccountFacts,
  facts: FeatureFacts,
  { allowance, source }: Granted,
  amount: bigint,
): EntitlementDecision => {
  const { feature } = facts;
  const used = usedOf(facts, allowance, account);
  const { outcome, reason } = ruling(facts, allowance, used, amount);
  const limit = feature.kind === 'boolean' ? undefined : allowance.limit;
  return {
    feature: feature.key,
    outcome,
    reason,
    source,
    limit,
    used: used < 0n ? 0n : used,
    remaining: remainingOf(limit, used),
    resetsAt: feature.kind === 'metered' ? windowOf(feature, allowance, account).end : undefined,
    asOf: account.asOf,
  };
};

/** Facts with what the operator’s settings say. */
export const withFallbacks = (
  facts: AccountFacts,
  fallbacks: ReadonlyMap<string, Allowance>,
): AccountFacts => ({
  ...facts,
  features: new Map(
    [...facts.features].map(([key, known]) => [key, { ...known, fallback: fallbacks.get(key) }]),
  ),
});
