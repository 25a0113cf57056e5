import type { Allowance, Override, PlanFeature } from '../../src/domain/entitlements/allowance.js';
import type { Feature } from '../../src/domain/entitlements/feature.js';
import type { Reservation, UsageRecord } from '../../src/domain/entitlements/usage.js';
import { windowStartsOf } from '../../src/domain/entitlements/windows.js';
import type { AccountId } from '../../src/domain/shared/ids.js';
import { type Instant, MINUTE, plus } from '../../src/domain/shared/time.js';
import { AT, newId } from './accounts.js';

export const anAllowance = (over: Partial<Allowance> = {}): Allowance => ({
  limit: 10n,
  window: 'month',
  soft: false,
  warnPercent: 80,
  ...over,
});

export const aFeature = (over: Partial<Feature> = {}): Feature => {
  const id = over.id ?? newId();
  return {
    id,
    version: 1,
    key: `feature_${id.replaceAll('-', '')}`,
    name: `Feature ${id}`,
    kind: 'metered',
    highlight: false,
    held: false,
    createdAt: AT,
    updatedAt: AT,
    ...over,
  };
};

export const aPlanFeature = (
  planId: string,
  featureId: string,
  over: Partial<PlanFeature> = {},
): PlanFeature => ({
  id: newId(),
  version: 1,
  planId,
  featureId,
  allowance: anAllowance(),
  createdAt: AT,
  updatedAt: AT,
  ...over,
});

export const anOverride = (
  accountId: AccountId,
  featureId: string,
  over: Partial<Override> = {},
): Override => ({
  accountId,
  featureId,
  version: 1,
  allowance: anAllowance({ limit: 99n, soft: true }),
  reason: 'an agreement',
  createdAt: AT,
  ...over,
});

export const aUse = (
  accountId: AccountId,
  featureId: string,
  over: Partial<UsageRecord> = {},
): UsageRecord => {
  const id = over.id ?? newId();
  const usedAt = over.usedAt ?? AT;
  return { id, accountId, featureId, key: `key ${id}`, value: 1n, usedAt, recordedAt: usedAt, ...over };
};

export const aReservation = (
  accountId: AccountId,
  featureId: string,
  over: Partial<Reservation> = {},
): Reservation => ({
  id: newId(),
  accountId,
  featureId,
  amount: 3n,
  state: 'held',
  reservedAt: AT,
  expiresAt: plus(AT, MINUTE),
  ...over,
});

/** The windows of a moment, of an account that is not billed. */
export const windowsAt = (at: Instant = AT) => windowStartsOf(at, { now: at });
