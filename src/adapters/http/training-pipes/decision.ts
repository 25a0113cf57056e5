import * as z from 'zod';
import type {
  DecisionReason,
  DecisionSource,
  EntitlementDecision,
} from '../../../domain/entitlements/decision.js';
import { type Instant, iso } from '../../../domain/shared/time.js';
import { Timestamp } from './schemas.js';

/** A whole number as JSON has them: beyond 2^53 it is rounded. */
export const Int64 = z.number().meta({ type: 'integer', format: 'int64' });

const REASONS = {
  within_limit: true,
  unlimited: true,
  granted: true,
  near_limit: true,
  over_soft_limit: true,
  limit_reached: true,
  above_maximum: true,
  not_granted: true,
  not_in_plan: true,
  lifecycle_warning: true,
  lifecycle_blocked: true,
} as const satisfies Record<DecisionReason, true>;
const SOURCES = { override: true, plan: true, default: true, lifecycle: true } as const satisfies Record<
  DecisionSource,
  true
>;
const wordsOf = <Word extends string>(words: Readonly<Record<Word, true>>) =>
  z.enum(Object.keys(words) as [Word, ...Word[]]);

export const DecisionDto = z
  .object({
    feature: z.string(),
    outcome: z.enum(['allow', 'warn', 'block']),
    reason: wordsOf(REASONS),
    source: wordsOf(SOURCES),
    /** Null: without limit. */
    limit: Int64.nullable(),
    used: Int64,
    remaining: Int64.nullable(),
    /** Null: never. */
    resets_at: Timestamp.nullable(),
    as_of: Timestamp,
  })
  .meta({ id: 'EntitlementDecision' });

const numberOrNull = (amount: bigint | undefined): number | null =>
  amount === undefined ? null : Number(amount);
const timeOrNull = (at: Instant | undefined): string | null => (at === undefined ? null : iso(at));

/** A decision in the words of this contract: as an answer, and as what a refusal says of itself. */
export const presentDecision = (decision: EntitlementDecision): z.input<typeof DecisionDto> => ({
  feature: decision.feature,
  outcome: decision.outcome,
  reason: decision.reason,
  source: decision.source,
  limit: numberOrNull(decision.limit),
  used: Number(decision.used),
  remaining: numberOrNull(decision.remaining),
  resets_at: timeOrNull(decision.resetsAt),
  as_of: iso(decision.asOf),
});

/** Why something was refused, for people. */
export const whyBlocked = ({ feature, reason, limit, used }: EntitlementDecision): string => {
  if (reason === 'lifecycle_blocked')
    return 'The project is suspended: nothing can be made or used up in it.';
  if (reason === 'not_in_plan' || reason === 'not_granted')
    return `The plan of the project does not include "${feature}".`;
  return `The project may have ${limit} of "${feature}", and ${used} are used.`;
};
