import * as z from 'zod';
import { DecisionDto } from './decision.js';
import { FeatureNamed } from './entitlement-schemas.js';
import { NamedId, Timestamp } from './schemas.js';
import { Moment } from './usage-schemas.js';

/** Who sends something again sends the same key. */
const Key = z.string().min(1).max(255);

export const UsageCreateDto = z.object({
  subscription_feature_id: FeatureNamed,
  project_id: NamedId,
  value: z.int(),
  /** Additive. */
  used_at: Moment.optional(),
  key: Key.optional(),
});

export const UsageUpdateDto = z.object({
  subscription_feature_id: FeatureNamed.optional(),
  project_id: NamedId.optional(),
  value: z.int().optional(),
});

export const UsageDto = z
  .object({
    id: z.string(),
    subscription_feature_id: z.string(),
    project_id: z.string(),
    value: z.int(),
    /** Additive. */
    used_at: Timestamp,
    key: z.string(),
    created_at: Timestamp,
    updated_at: Timestamp,
    decision: DecisionDto.optional(),
  })
  .meta({ id: 'SubscriptionPlanFeatureUsage' });

/** What is wrong with one event refuses that event alone; so numbers are judged where the others are. */
export const UsageEventsDto = z.object({
  events: z
    .array(
      z.object({
        project_id: NamedId,
        feature: FeatureNamed,
        value: z.number(),
        used_at: Moment.optional(),
        key: Key,
      }),
    )
    .min(1)
    .max(1_000),
});

export const UsageOutcomesDto = z
  .object({
    items: z.array(
      z.object({
        key: z.string(),
        outcome: z.enum(['recorded', 'again', 'refused']),
        /** Of what is on record. */
        id: z.string().optional(),
        code: z.string().optional(),
        field: z.string().optional(),
        message: z.string().optional(),
      }),
    ),
    recorded: z.int(),
    refused: z.int(),
  })
  .meta({ id: 'UsageEventOutcomes' });
