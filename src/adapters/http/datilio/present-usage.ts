import type * as z from 'zod';
import type { EntitlementDecision } from '../../../domain/entitlements/decision.js';
import type { UsageRecord } from '../../../domain/entitlements/usage.js';
import { iso } from '../../../domain/shared/time.js';
import { standingOf } from './standing.js';
import type { UsageOut } from './usage-schemas.js';

/** One use, whose it is, and how what was used stands now. */
export type UserUsage = {
  readonly record: UsageRecord;
  /** By which this contract knows the record, and the user. */
  readonly numbers: { readonly record: number | undefined; readonly user: number };
  readonly feature: string;
  readonly decision: EntitlementDecision | undefined;
};

export const presentUsage = ({ record, numbers, feature, decision }: UserUsage): z.input<typeof UsageOut> => {
  if (numbers.record === undefined) throw new Error(`usage ${record.id} has no number`);
  return {
    id: numbers.record,
    user_id: numbers.user,
    feature,
    amount: Number(record.value),
    timestamp: iso(record.usedAt),
    ...standingOf(decision),
  };
};
