import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { Instant } from '../../../domain/shared/time.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import type { ClaimedJob, Jobs, LeaseLost } from '../../../ports/shared/jobs.js';
import type { MemoryStore, MemoryTx } from '../kit/store.js';
import { type JobRow, TABLES } from './rows.js';

const oldestFirst = (a: ClaimedJob, b: ClaimedJob): number => a.runAt - b.runAt || (a.id < b.id ? -1 : 1);

const isDue = (row: JobRow, kinds: readonly string[], at: Instant): boolean =>
  kinds.includes(row.kind) && row.runAt <= at && (row.leaseUntil === undefined || row.leaseUntil <= at);

const claimed = ({ leaseUntil: _, lastError: __, ...job }: JobRow): ClaimedJob => job;

/** The worker's half on a memory store. */
export const memoryJobs = (store: MemoryStore): Jobs => {
  const jobs = (tx: MemoryTx) => tx.table<JobRow>(TABLES.jobs);

  /** Only the holder of the latest epoch may write, and only until it has handed the job back. */
  const fenced = (
    { id, epoch }: ClaimedJob,
    write: (tx: MemoryTx, row: JobRow) => ResultAsync<void, never>,
  ): ResultAsync<void, LeaseLost | Unavailable> =>
    store.run((tx) =>
      jobs(tx)
        .get(id)
        .andThen(
          (row): ResultAsync<void, LeaseLost> =>
            row?.epoch === epoch && row.leaseUntil !== undefined
              ? write(tx, row)
              : errAsync({ kind: 'lease_lost', id }),
        ),
    );

  return {
    claim: (kinds, limit, at, leaseUntil) =>
      store.run((tx) =>
        jobs(tx)
          .all()
          .andThen((rows) => {
            const due = rows
              .filter((row) => isDue(row, kinds, at))
              .sort(oldestFirst)
              .slice(0, limit);
            const held = due.map((row) => ({
              ...row,
              leaseUntil,
              epoch: row.epoch + 1,
              attempts: row.attempts + 1,
            }));
            return held
              .reduce<ResultAsync<void, never>>(
                (written, row) => written.andThen(() => jobs(tx).put(row.id, row)),
                okAsync(undefined),
              )
              .map(() => held.map(claimed));
          }),
      ),
    extend: (job, leaseUntil) => fenced(job, (tx, row) => jobs(tx).put(job.id, { ...row, leaseUntil })),
    complete: (job) =>
      fenced(job, (tx, { key }) =>
        jobs(tx)
          .remove(job.id)
          .andThen(() => (key === undefined ? okAsync(undefined) : tx.releaseUnique('jobs.key', key))),
      ),
    release: (job, runAt, error) =>
      fenced(job, (tx, { leaseUntil: _, ...row }) =>
        // A job that repeats starts afresh; one that failed goes on counting.
        jobs(tx).put(job.id, {
          ...row,
          runAt,
          lastError: error,
          attempts: error === undefined ? 0 : row.attempts,
        }),
      ),
  };
};
