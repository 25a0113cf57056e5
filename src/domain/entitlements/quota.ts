import { type Allowance, WARN_PERCENT } from './allowance.js';
import { allowanceOf, decide } from './decide.js';
import type { EntitlementDecision } from './decision.js';
import type { AccountFacts, FeatureFacts } from './facts.js';

/** So many at a time; undefined: as many as one likes. */
export const upTo = (limit: number | undefined): Allowance => ({
  ...(limit !== undefined && { limit: BigInt(limit) }),
  window: 'lifetime',
  soft: false,
  warnPercent: WARN_PERCENT,
});

/** What an account holds of a feature, or would hold, in place of what the facts know. */
export const holding = (facts: FeatureFacts, held: bigint): FeatureFacts => ({ ...facts, held });

/** How much may be held at most (undefined: no end), or why nothing may be taken whatever is held. */
export type TakeTerms = { readonly ceiling: bigint | undefined } | { readonly refused: EntitlementDecision };

/** On which terms so much more of a held feature is taken: whether it is, its counter decides. */
export const takeTerms = (account: AccountFacts, facts: FeatureFacts, amount: bigint): TakeTerms => {
  const decision = decide(account, facts, amount);
  if (decision.outcome === 'block' && decision.reason !== 'limit_reached') return { refused: decision };
  const allowance = allowanceOf(facts)?.allowance;
  return { ceiling: allowance?.soft ? undefined : allowance?.limit };
};

/** The decision by which the counter has refused, as far as is known what it stood at. */
export const beyondCeiling = (
  account: AccountFacts,
  facts: FeatureFacts,
  amount: bigint,
): EntitlementDecision => ({ ...decide(account, facts, amount), outcome: 'block', reason: 'limit_reached' });
