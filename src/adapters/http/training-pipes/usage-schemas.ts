import * as z from 'zod';
import { GRANULARITIES } from '../../../domain/billing/slots.js';
import { instant, isWritable, UNWRITABLE } from '../../../domain/shared/time.js';
import { Timestamp } from './schemas.js';

/** A moment with its offset from UTC, in the years that every part of us can write. */
export const Moment = z.iso
  .datetime({ offset: true })
  .transform((text) => instant(Date.parse(text)))
  .refine(isWritable, UNWRITABLE);

export const UsageQuery = z.object({
  from: Moment.optional(),
  to: Moment.optional(),
  granularity: z.enum(GRANULARITIES).default('day'),
});

const BucketUsageDto = z
  .object({
    bucket_id: z.string(),
    bucket_name: z.string(),
    /** Additive: the project's own name for it. */
    name: z.string(),
    current_size_bytes: z.int(),
    object_count: z.int(),
  })
  .meta({ id: 'BucketUsageSummary' });

const FileSystemUsageDto = z
  .object({
    file_system_id: z.string(),
    region: z.string(),
    status: z.string(),
    running_hours: z.number(),
  })
  .meta({ id: 'FileSystemUsageSummary' });

const DailyUsageDto = z.object({ date: z.string(), avg_bytes: z.int() }).meta({ id: 'DailyUsage' });

const CostDayDto = z
  .object({ date: z.string(), storage_cost_cents: z.int(), filesystem_cost_cents: z.int() })
  .meta({ id: 'UsageCostDay' });

const LineItemDto = z
  .object({
    date: z.string(),
    /** Additive: the UTC hour, in a report by hour. */
    hour: Timestamp.optional(),
    kind: z.enum(['storage', 'filesystem']),
    resource_id: z.string(),
    resource_label: z.string(),
    quantity: z.number(),
    unit: z.string(),
    unit_price_cents: z.int(),
    /** Additive: the exact price, in millionths of the currency. */
    unit_price_micros: z.int(),
    cost_cents: z.int(),
  })
  .meta({ id: 'UsageLineItem' });
export type LineItem = z.input<typeof LineItemDto>;

export const UsageReportDto = z
  .object({
    project_id: z.string(),
    from: Timestamp,
    to: Timestamp,
    currency: z.string(),
    current_total_bytes: z.int(),
    buckets: z.array(BucketUsageDto),
    daily_usage: z.array(DailyUsageDto),
    total_file_system_hours: z.number(),
    file_systems: z.array(FileSystemUsageDto),
    cost_days: z.array(CostDayDto),
    line_items: z.array(LineItemDto),
  })
  .meta({ id: 'UsageReport' });
