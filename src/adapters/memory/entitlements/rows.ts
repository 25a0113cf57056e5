import type { ResultAsync } from 'neverthrow';
import type { Override, PlanFeature, WindowKind } from '../../../domain/entitlements/allowance.js';
import type { Count } from '../../../domain/entitlements/facts.js';
import type { Feature } from '../../../domain/entitlements/feature.js';
import type { CountedRecord, Reservation, UsageRecord } from '../../../domain/entitlements/usage.js';
import { LIFETIME_START } from '../../../domain/entitlements/windows.js';
import type { AccountId } from '../../../domain/shared/ids.js';
import type { Instant } from '../../../domain/shared/time.js';
import type { WindowStarts } from '../../../ports/entitlements/unit-of-work.js';
import type { MemoryTx } from '../kit/store.js';
import { BUILT_IN } from './built-in.js';

export type CounterRow = Count & {
  readonly accountId: AccountId;
  readonly featureId: string;
  readonly kind: WindowKind;
  readonly start: Instant;
};
export type ReservationRow = Reservation & { readonly windows: WindowStarts };
export type OverrideRow = Override;
export type PlanFeatureRow = PlanFeature;
export type RecordRow = CountedRecord;
export const recordOf = ({ periodStart: _, ...record }: RecordRow): UsageRecord => record;

/** Table names are those of PostgreSQL, so that a test may look at either. */
export const TABLES = {
  features: 'features',
  planFeatures: 'plan_features',
  overrides: 'entitlement_overrides',
  records: 'usage_records',
  counters: 'usage_counters',
  reservations: 'usage_reservations',
  crossings: 'usage_crossings',
  workspaceSubscriptions: 'workspace_subscriptions',
  workspaceSettings: 'workspace_settings',
} as const;

export const byId = (a: { readonly id: string }, b: { readonly id: string }): number =>
  a.id < b.id ? -1 : 1;

/** The built-in ones, as they stand now, and those that were added. */
export const withBuiltIn = (rows: readonly Feature[]): readonly Feature[] =>
  [...new Map([...BUILT_IN, ...rows].map((feature) => [feature.id, feature])).values()].sort(byId);

export const allFeatures = (tx: MemoryTx): ResultAsync<readonly Feature[], never> =>
  tx.table<Feature>(TABLES.features).all().map(withBuiltIn);

/** The windows that begin at these moments, and the lifetime. */
export const windowsIn = (starts: WindowStarts): readonly (readonly [WindowKind, Instant])[] => [
  ['lifetime', LIFETIME_START],
  ['day', starts.day],
  ['month', starts.month],
  ...(starts.billing_period === undefined ? [] : [['billing_period', starts.billing_period] as const]),
];
