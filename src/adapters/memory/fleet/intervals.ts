import { okAsync } from 'neverthrow';
import { instant } from '../../../domain/shared/time.js';
import type { Intervals } from '../../../ports/fleet/unit-of-work.js';
import type { Ids } from '../../../ports/shared/ids.js';
import type { MemoryTx } from '../kit/store.js';
import { type IntervalRow, TABLES } from './rows.js';

const UNIQUE_OPEN = 'file_system_intervals.open';

/** Hours of file systems on one unit. */
export const memoryIntervals = (tx: MemoryTx, ids: Ids): Intervals => {
  const rows = tx.table<IntervalRow>(TABLES.intervals);
  const of = (fileSystemId: string) =>
    rows.all().map((all) => all.filter((row) => row.fileSystemId === fileSystemId));
  return {
    open: (start) => {
      const id = ids.next();
      return tx.claimUnique(UNIQUE_OPEN, start.fileSystemId, id).andThen((free) =>
        free
          ? of(start.fileSystemId).andThen((earlier) => {
              const ends = earlier.map(({ endedAt }) => endedAt ?? start.startedAt);
              return rows.put(id, { ...start, id, startedAt: instant(Math.max(start.startedAt, ...ends)) });
            })
          : okAsync(undefined),
      );
    },
    close: (fileSystemId, endedAt) =>
      of(fileSystemId).andThen((all) => {
        const open = all.find((row) => row.endedAt === undefined);
        return open === undefined
          ? okAsync(undefined)
          : rows
              .put(open.id, { ...open, endedAt: instant(Math.max(open.startedAt, endedAt)) })
              .andThen(() => tx.releaseUnique(UNIQUE_OPEN, fileSystemId));
      }),
  };
};
