import type { UsageRecord } from '../../../domain/entitlements/usage.js';
import type { AccountId } from '../../../domain/shared/ids.js';
import type { Instant } from '../../../domain/shared/time.js';
import type { UsageRefusal } from '../failures.js';

/** `feature`: its id or key. Without `usedAt`: now. */
export type NewUsage = {
  readonly accountId: AccountId;
  readonly feature: string;
  readonly value: number | bigint;
  readonly usedAt?: Instant | undefined;
  readonly key: string;
};

/** What became of one row of a batch; `again`: it was on record already. */
export type RowOutcome =
  | { readonly outcome: 'recorded' | 'again'; readonly record: UsageRecord }
  | { readonly outcome: 'refused'; readonly failure: UsageRefusal };

export const refusedRow = (failure: UsageRefusal): RowOutcome => ({ outcome: 'refused', failure });
