import type * as z from 'zod';
import { dateOf } from '../../../domain/billing/period.js';
import { inMinorUnits } from '../../../domain/billing/price.js';
import type { UsageLine, UsageReport } from '../../../domain/billing/usage-report.js';
import { csv } from '../../../domain/shared/csv.js';
import type { AccountId } from '../../../domain/shared/ids.js';
import { HOUR, iso } from '../../../domain/shared/time.js';
import type { LineItem, UsageReportDto } from './usage-schemas.js';

/** A report, and whose it is. */
export type ProjectUsage = { readonly projectId: AccountId; readonly report: UsageReport };

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** Only here, at the edge, a quantity becomes a floating-point number; its cost was reckoned without. */
const presentLine = (line: UsageLine): LineItem => ({
  date: line.date,
  ...(line.hour !== undefined && { hour: iso(line.hour) }),
  kind: line.kind,
  resource_id: line.resourceId,
  resource_label: line.label,
  quantity: Number(line.amount) / Number(line.unit.per),
  unit: line.unit.name,
  unit_price_cents: Number(inMinorUnits(line.price)),
  unit_price_micros: Number(line.price.micros),
  cost_cents: Number(line.cost.amount),
});

export const presentUsage = ({ projectId, report }: ProjectUsage): z.input<typeof UsageReportDto> => ({
  project_id: projectId,
  from: iso(report.range.start),
  to: iso(report.range.end),
  currency: report.currency,
  current_total_bytes: sum(report.buckets.map(({ bytes }) => bytes)),
  buckets: report.buckets.map(({ id, name, bucketName, bytes, objects }) => ({
    bucket_id: id,
    bucket_name: bucketName,
    name,
    current_size_bytes: bytes,
    object_count: objects,
  })),
  daily_usage: report.days.map(({ date, averageBytes }) => ({ date, avg_bytes: Number(averageBytes) })),
  total_file_system_hours: sum(report.fileSystems.map(({ runningMs }) => runningMs)) / HOUR,
  file_systems: report.fileSystems.map(({ id, region, status, runningMs }) => ({
    file_system_id: id,
    region,
    status,
    running_hours: runningMs / HOUR,
  })),
  cost_days: report.days.map(({ date, storage, fileSystems }) => ({
    date,
    storage_cost_cents: Number(storage.amount),
    filesystem_cost_cents: Number(fileSystems.amount),
  })),
  line_items: report.lines.map(presentLine),
});

const COLUMNS = [
  'date',
  'hour',
  'kind',
  'resource_id',
  'resource_label',
  'quantity',
  'unit',
  'unit_price_cents',
  'unit_price_micros',
  'cost_cents',
] as const satisfies readonly (keyof LineItem)[];

/** The line items as a table. */
export const usageCsv = ({ report }: ProjectUsage): string =>
  csv(
    [...COLUMNS, 'currency'],
    report.lines.map((line) => {
      const item = presentLine(line);
      return [...COLUMNS.map((column) => item[column] ?? ''), report.currency];
    }),
  );

/** Dates only: whatever system keeps the file can write its name. */
export const usageFileName = ({ report: { range } }: ProjectUsage): string =>
  `usage-${dateOf(range.start)}-${dateOf(range.end)}.csv`;
