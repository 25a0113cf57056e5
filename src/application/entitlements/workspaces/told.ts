import type { EntitlementDecision } from '../../../domain/entitlements/decision.js';
import type { WorkspaceSetting, WorkspaceSubscription } from '../../../domain/entitlements/lifecycle.js';
import { type Instant, iso } from '../../../domain/shared/time.js';

const orNull = (at: Instant | undefined): string | null => (at === undefined ? null : iso(at));

/** A record as audit and packs keep it. */
export const toldRecord = (record: WorkspaceSubscription | undefined) =>
  record === undefined
    ? null
    : {
        version: record.version,
        state: record.state,
        billing_reference: record.billingReference ?? null,
        status_reason: record.statusReason,
        trial_ends_at: orNull(record.trialEndsAt),
        current_period_starts_at: orNull(record.periodStartsAt),
        current_period_ends_at: orNull(record.periodEndsAt),
      };

/** A setting as audit and packs keep it. */
export const toldSetting = (setting: WorkspaceSetting | undefined) =>
  setting === undefined ? null : { state: setting.state, reason: setting.reason };

/** A decision as packs keep it. */
export const toldDecision = (decision: EntitlementDecision) => ({
  feature: decision.feature,
  outcome: decision.outcome,
  reason: decision.reason,
  source: decision.source,
  limit: decision.limit ?? null,
  used: decision.used,
  remaining: decision.remaining ?? null,
  resets_at: orNull(decision.resetsAt),
  as_of: iso(decision.asOf),
});

/** Text of a value; whole numbers beyond what a reader of JSON holds exactly are spelled out. */
export const jsonText = (value: unknown): string =>
  `${JSON.stringify(
    value,
    (_name, inner: unknown) => {
      if (typeof inner !== 'bigint') return inner;
      return Number.isSafeInteger(Number(inner)) ? Number(inner) : String(inner);
    },
    2,
  )}\n`;
