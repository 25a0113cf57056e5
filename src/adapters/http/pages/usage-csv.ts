import type { UsageLine, UsageReport } from '../../../domain/billing/usage-report.js';
import { csv } from '../../../domain/shared/csv.js';
import { iso } from '../../../domain/shared/time.js';
import { amountOf, shortDecimal } from './kit/format.js';
import { quantityOf } from './usage-words.js';

const COLUMNS = [
  'date',
  'hour',
  'kind',
  'resource',
  'resource_id',
  'quantity',
  'unit',
  'unit_price',
  'cost',
  'currency',
];

const cellsOf = ({ date, hour, kind, label, resourceId, unit, amount, price, cost }: UsageLine) => [
  date,
  hour === undefined ? '' : iso(hour),
  kind,
  label,
  resourceId,
  quantityOf(amount, unit),
  unit.name,
  shortDecimal(price.micros, 6),
  amountOf(cost),
  cost.currency,
];

/** All lines of a report; money in the currency's major units, to the last digit. */
export const usageCsv = ({ lines }: UsageReport): string => csv(COLUMNS, lines.map(cellsOf));
