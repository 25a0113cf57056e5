import * as z from 'zod';
import { WINDOWS } from '../../../domain/entitlements/allowance.js';
import { pageQuery } from '../kit/page.js';
import { DecisionDto, Int64 } from './decision.js';
import { Name, NamedId, Timestamp } from './schemas.js';
import { Moment } from './usage-schemas.js';

/** How programs name a feature: its id or its key. */
export const FeatureNamed = z.string().min(1).max(200);
/** Nothing takes it away. */
const Unit = z.string().trim().max(50);

export const FeatureCreateDto = z.object({
  name: Name,
  is_binary_based: z.boolean().default(false),
  is_usage_based: z.boolean().default(false),
  usage_unit: Unit.optional(),
  highlight: z.boolean().default(false),
});

export const FeatureUpdateDto = z.object({
  name: Name.optional(),
  is_binary_based: z.boolean().optional(),
  is_usage_based: z.boolean().optional(),
  usage_unit: Unit.optional(),
  highlight: z.boolean().optional(),
});

export const FeatureDto = z
  .object({
    id: z.string(),
    /** Additive: how programs name it. */
    key: z.string(),
    name: z.string(),
    /** Additive: a static one is a number that is not used up, and neither of the two flags holds. */
    kind: z.enum(['boolean', 'metered', 'static']),
    is_binary_based: z.boolean(),
    is_usage_based: z.boolean(),
    usage_unit: z.string().optional(),
    highlight: z.boolean(),
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .meta({ id: 'SubscriptionFeature' });

/** What a plan or an override says of a feature; all but the first two are additive. */
const allowance = {
  binary_value: z.int().optional(),
  usage_limit: z.int().optional(),
  window: z.enum(WINDOWS).optional(),
  is_soft_limit: z.boolean().optional(),
  warn_percent: z.int().optional(),
};

export const PlanFeatureCreateDto = z.object({
  subscription_plan_id: NamedId,
  subscription_feature_id: NamedId,
  ...allowance,
});

/** Takes the limit away, for which the published document has no word. */
const isUnlimited = z.literal(true).optional();

/** `is_unlimited` is additive. */
export const PlanFeatureUpdateDto = PlanFeatureCreateDto.partial().extend({ is_unlimited: isUnlimited });

export const PlanFeatureQuery = pageQuery({ fallback: 1000, max: 1000 }).extend({
  subscription_plan_id: NamedId,
});

const allowed = {
  binary_value: z.int().optional(),
  usage_limit: z.int().optional(),
  window: z.enum(WINDOWS),
  is_soft_limit: z.boolean(),
  warn_percent: z.int(),
};

export const SubscriptionPlanFeatureDto = z
  .object({
    id: z.string(),
    subscription_plan_id: z.string(),
    subscription_feature_id: z.string(),
    ...allowed,
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .meta({ id: 'SubscriptionPlanFeature' });

/** What is misspelt is refused: it would say something else of somebody. */
export const OverridePutDto = z.strictObject({
  ...allowance,
  is_unlimited: isUnlimited,
  reason: z.string().trim().min(1).max(500),
  ends_at: Moment.optional(),
});

export const OverrideDto = z
  .object({
    project_id: z.string(),
    subscription_feature_id: z.string(),
    ...allowed,
    reason: z.string(),
    ends_at: Timestamp.optional(),
    created_at: Timestamp,
  })
  .meta({ id: 'EntitlementOverride' });

export const EntitlementsDto = z
  .object({
    project_id: z.string(),
    plan: z.object({ id: z.string(), name: z.string() }).optional(),
    lifecycle: z.object({
      state: z.enum(['trial', 'active_paid', 'grace', 'suspended_read_only']),
      outcome: z.enum(['allow', 'warn', 'block']),
      explanation: z.string(),
    }),
    items: z.array(DecisionDto),
    as_of: Timestamp,
  })
  .meta({ id: 'ProjectEntitlements' });

export const CheckDto = z.object({ feature: FeatureNamed, amount: z.int().default(1) });

export const ReserveDto = z.object({
  feature: FeatureNamed,
  amount: z.int(),
  ttl_seconds: z.int().optional(),
});

export const ConfirmDto = z.object({ amount: z.int().optional() });

export const ReservationDto = z
  .object({
    id: z.string(),
    project_id: z.string(),
    feature_id: z.string(),
    amount: Int64,
    state: z.enum(['held', 'confirmed', 'released', 'expired']),
    reserved_at: Timestamp,
    expires_at: Timestamp,
    decision: DecisionDto,
  })
  .meta({ id: 'UsageReservation' });
