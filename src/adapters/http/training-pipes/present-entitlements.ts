import type * as z from 'zod';
import type {
  AccountEntitlements,
  Corrected,
  Noted,
  Reserved,
} from '../../../application/entitlements/index.js';
import type { Allowance, Override, PlanFeature } from '../../../domain/entitlements/allowance.js';
import type { Feature } from '../../../domain/entitlements/feature.js';
import type { UsageRecord } from '../../../domain/entitlements/usage.js';
import type { AccountId } from '../../../domain/shared/ids.js';
import { type Instant, iso } from '../../../domain/shared/time.js';
import type { PlanFeatureDto } from './billing-schemas.js';
import { presentDecision } from './decision.js';
import type {
  EntitlementsDto,
  FeatureDto,
  OverrideDto,
  ReservationDto,
  SubscriptionPlanFeatureDto,
} from './entitlement-schemas.js';
import type { UsageDto } from './feature-usage-schemas.js';

const flagsOf = ({ kind }: Feature) => ({
  is_binary_based: kind === 'boolean',
  is_usage_based: kind === 'metered',
});

export const presentFeature = (feature: Feature): z.input<typeof FeatureDto> => ({
  id: feature.id,
  key: feature.key,
  name: feature.name,
  kind: feature.kind,
  ...flagsOf(feature),
  usage_unit: feature.unit,
  highlight: feature.highlight,
  created_at: iso(feature.createdAt),
  updated_at: iso(feature.updatedAt),
});

/** The published pair: what is had or not, and how much of it. Absent: as much as one likes. */
const valuesOf = ({ granted, limit }: Allowance) => ({
  binary_value: granted === undefined ? undefined : Number(granted),
  usage_limit: limit === undefined ? undefined : Number(limit),
});

const allowed = (allowance: Allowance) => ({
  ...valuesOf(allowance),
  window: allowance.window,
  is_soft_limit: allowance.soft,
  warn_percent: allowance.warnPercent,
});

export const presentPlanFeature = ({
  id,
  planId,
  featureId,
  allowance,
  createdAt,
  updatedAt,
}: PlanFeature): z.input<typeof SubscriptionPlanFeatureDto> => ({
  id,
  subscription_plan_id: planId,
  subscription_feature_id: featureId,
  ...allowed(allowance),
  created_at: iso(createdAt),
  updated_at: iso(updatedAt),
});

/** A feature with what a plan says of it, as buyers see it. */
export type Included = { readonly feature: Feature; readonly planFeature: PlanFeature };

export const presentIncluded = ({
  feature,
  planFeature: { allowance },
}: Included): z.input<typeof PlanFeatureDto> => ({
  feature_id: feature.id,
  feature_name: feature.name,
  ...flagsOf(feature),
  usage_unit: feature.unit,
  ...valuesOf(allowance),
  highlight: feature.highlight,
});

export const presentOverride = (override: Override): z.input<typeof OverrideDto> => ({
  project_id: override.accountId,
  subscription_feature_id: override.featureId,
  ...allowed(override.allowance),
  reason: override.reason,
  ends_at: override.endsAt === undefined ? undefined : iso(override.endsAt),
  created_at: iso(override.createdAt),
});

const usage = (record: UsageRecord, updatedAt: Instant) => ({
  id: record.id,
  subscription_feature_id: record.featureId,
  project_id: record.accountId,
  value: Number(record.value),
  used_at: iso(record.usedAt),
  key: record.key,
  created_at: iso(record.recordedAt),
  updated_at: iso(updatedAt),
});

export const presentNoted = ({ record, decision }: Noted): z.input<typeof UsageDto> => ({
  ...usage(record, record.recordedAt),
  decision: presentDecision(decision),
});

export const presentCorrected = ({ record, correctedAt }: Corrected): z.input<typeof UsageDto> =>
  usage(record, correctedAt);

/** What an account may have, and whose it is. */
export type ProjectEntitlements = { readonly projectId: AccountId; readonly may: AccountEntitlements };

export const presentEntitlements = ({
  projectId,
  may: { plan, lifecycle, decisions, asOf },
}: ProjectEntitlements): z.input<typeof EntitlementsDto> => ({
  project_id: projectId,
  plan,
  lifecycle: {
    state: lifecycle.state,
    outcome: lifecycle.outcome,
    explanation: lifecycle.explanation,
  },
  items: decisions.map(presentDecision),
  as_of: iso(asOf),
});

export const presentReserved = ({ reservation, decision }: Reserved): z.input<typeof ReservationDto> => ({
  id: reservation.id,
  project_id: reservation.accountId,
  feature_id: reservation.featureId,
  amount: Number(reservation.amount),
  state: reservation.state,
  reserved_at: iso(reservation.reservedAt),
  expires_at: iso(reservation.expiresAt),
  decision: presentDecision(decision),
});
