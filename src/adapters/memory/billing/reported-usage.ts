import { okAsync, type ResultAsync } from 'neverthrow';
import type { SellerId } from '../../../domain/billing/seller.js';
import type { Instant } from '../../../domain/shared/time.js';
import type { ReportedUsage, UsageLine } from '../../../ports/billing/unit-of-work.js';
import type { MemoryStore, MemoryTx } from '../kit/store.js';
import { idOf } from '../shared/rows.js';
import { TABLES, type UsageRow } from './rows.js';

const oldestFirst = (a: UsageLine, b: UsageLine): number => a.usedAt - b.usedAt || (a.id < b.id ? -1 : 1);

const lineOf = ({ reportedAt: _, ...line }: UsageRow): UsageLine => line;

/** Usage on its way to processors, on one unit. */
export const memoryReportedUsage = (tx: MemoryTx): ReportedUsage => {
  const rows = tx.table<UsageRow>(TABLES.reportedUsage);
  return {
    intend: (lines) =>
      lines.reduce<ResultAsync<void, never>>(
        (written, line) =>
          written
            .andThen(() => rows.get(idOf(line.sellerId, line.id)))
            .andThen((there) =>
              there === undefined ? rows.put(idOf(line.sellerId, line.id), line) : okAsync(undefined),
            ),
        okAsync(undefined),
      ),
    reported: (seller, lineId, at) =>
      rows
        .get(idOf(seller, lineId))
        .andThen((row) =>
          row === undefined || row.reportedAt !== undefined
            ? okAsync(undefined)
            : rows.put(idOf(seller, lineId), { ...row, reportedAt: at }),
        ),
  };
};

/** Committed lines that are written down and not reported, oldest first. */
export const unreported = (
  store: MemoryStore,
  seller: SellerId,
  limit: number,
  since: Instant,
): ResultAsync<readonly UsageLine[], never> =>
  store
    .read<UsageRow>(TABLES.reportedUsage)
    .all()
    .map((rows) =>
      rows
        .filter((row) => row.sellerId === seller && row.reportedAt === undefined && row.usedAt >= since)
        .sort(oldestFirst)
        .slice(0, limit)
        .map(lineOf),
    );
