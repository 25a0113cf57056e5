import { err, ok, type Result } from 'neverthrow';
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

const UsageEventDto = z.object({
  project_id: NamedId,
  feature: FeatureNamed,
  /** Which numbers can be, is judged where they are recorded. */
  value: z.number(),
  used_at: Moment.optional(),
  key: Key,
});
export type UsageEvent = z.output<typeof UsageEventDto>;

/** An event that cannot be read, as far as that matters to whoever sent it. */
export type Unreadable = {
  /** Empty where there was none. */
  readonly key: string;
  readonly failure: { readonly kind: 'invalid_value'; readonly field: string; readonly reason: string };
};

const unreadable = (row: Readonly<Record<string, unknown>>): Unreadable => {
  const [issue] = UsageEventDto.safeParse(row).error?.issues ?? [];
  return {
    key: typeof row['key'] === 'string' ? row['key'] : '',
    failure: { kind: 'invalid_value', field: String(issue?.path[0]), reason: issue?.message ?? '' },
  };
};

/** What is wrong with one event refuses that event alone. */
const Row = z.union([
  UsageEventDto.transform((event): Result<UsageEvent, Unreadable> => ok(event)),
  z.looseObject({}).transform((row): Result<UsageEvent, Unreadable> => err(unreadable(row))),
]);

/** Each of them is looked up. */
const atMost =
  (most: number, nameIn: (event: UsageEvent) => string) =>
  (rows: readonly Result<UsageEvent, Unreadable>[]): boolean =>
    new Set(rows.flatMap((row) => (row.isOk() ? [nameIn(row.value)] : []))).size <= most;

export const UsageEventsDto = z.object({
  events: z
    .array(Row)
    .min(1)
    .max(1_000)
    .refine(
      atMost(50, ({ project_id: id }) => id),
      'must be of at most 50 projects',
    )
    .refine(
      atMost(100, ({ feature }) => feature),
      'must be of at most 100 features',
    ),
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
