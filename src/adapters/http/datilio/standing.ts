import type { EntitlementDecision } from '../../../domain/entitlements/decision.js';

/** How a feature stands, in the words of this contract. */
export type Standing = {
  readonly limit: number | null;
  readonly remaining: number | null;
  readonly warning: 'near_limit' | 'limit_reached' | null;
};

/** Whoever has no plan may have nothing: that is no lack of a limit. */
const NOTHING: Standing = { limit: 0, remaining: 0, warning: 'limit_reached' };

const warningOf = ({ remaining, reason }: EntitlementDecision): Standing['warning'] => {
  if (remaining === 0n) return 'limit_reached';
  return reason === 'near_limit' ? 'near_limit' : null;
};

const numberOrNull = (amount: bigint | undefined): number | null =>
  amount === undefined ? null : Number(amount);

/** Limit, what is left of it, and what its users should hear. */
export const standingOf = (decision: EntitlementDecision | undefined): Standing =>
  decision === undefined || decision.reason === 'not_in_plan'
    ? NOTHING
    : {
        limit: numberOrNull(decision.limit),
        remaining: numberOrNull(decision.remaining),
        warning: warningOf(decision),
      };
