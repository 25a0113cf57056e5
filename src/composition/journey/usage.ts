import type { ResultAsync } from 'neverthrow';
import type * as z from 'zod';
import { UsageReportDto } from '../../adapters/http/training-pipes/usage-schemas.js';
import { type ApiFailure, type Client, document } from './client.js';
import { counted, size } from './figures.js';
import { table } from './receipt.js';
import type { Stay } from './stay.js';

type Report = z.output<typeof UsageReportDto>;

const MICROS_PER_UNIT = 1_000_000;
const figure = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });

const linesOf = ({ currency, line_items: items, cost_days: days, current_total_bytes: bytes }: Report) => {
  const rows = items.map((item) => [
    item.kind,
    figure.format(item.quantity),
    `${item.unit}, each ${item.unit_price_micros / MICROS_PER_UNIT} ${currency}`,
    `${item.date}: ${counted(item.cost_cents, 'cent')}`,
  ]);
  const sum = days.reduce((cents, day) => cents + day.storage_cost_cents + day.filesystem_cost_cents, 0);
  return [...table(rows, 1), `${counted(sum, 'cent')} in all, ${size(bytes)} stored at the end`];
};

/** What the journey's project has used so far and what that costs, as lines for a person. */
export const usageOf = (
  client: Client,
  { key, projectId }: Stay,
): ResultAsync<readonly string[], ApiFailure> =>
  client
    .call('getUsage', { as: key, params: { project_id: projectId } })
    .andThen(document(UsageReportDto))
    .map(linesOf);
