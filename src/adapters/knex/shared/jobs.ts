import type { Knex } from 'knex';
import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import * as z from 'zod';
import type { AccountId } from '../../../domain/shared/ids.js';
import { iso } from '../../../domain/shared/time.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import type { ClaimedJob, Jobs, LeaseLost } from '../../../ports/shared/jobs.js';
import type { Sealed } from '../../../ports/shared/sealer.js';
import { query } from '../kit/query.js';
import { nullable, timestamptz } from '../kit/rows.js';

const Row = z
  .object({
    id: z.string(),
    kind: z.string(),
    key: nullable(z.string()),
    account_id: nullable(z.string().transform((id) => id as AccountId)),
    payload: z.record(z.string(), z.unknown()),
    sealed: nullable(z.string().transform((text) => text as Sealed)),
    run_at: timestamptz,
    attempts: z.number(),
    epoch: z.number(),
  })
  .transform(
    ({ account_id: accountId, run_at: runAt, ...row }): ClaimedJob => ({ ...row, accountId, runAt }),
  );

const oldestFirst = (a: ClaimedJob, b: ClaimedJob): number => a.runAt - b.runAt || (a.id < b.id ? -1 : 1);

/** The worker's half, on connections of its own: a claim is a committed lease, not an open transaction. */
export const knexJobs = (db: Knex): Jobs => {
  // Only the holder of the latest epoch may write, and only until it has handed the job back.
  const held = ({ id, epoch }: ClaimedJob) => db('jobs').where({ id, epoch }).whereNotNull('lease_until');
  const fenced = (
    job: ClaimedJob,
    write: () => PromiseLike<number>,
  ): ResultAsync<void, LeaseLost | Unavailable> =>
    query(write).andThen(
      (rows): ResultAsync<void, LeaseLost> =>
        rows === 1 ? okAsync(undefined) : errAsync({ kind: 'lease_lost', id: job.id }),
    );
  return {
    claim: (kinds, limit, at, leaseUntil) =>
      query(() =>
        db.raw<{ readonly rows: readonly unknown[] }>(
          `with due as (
             select id from jobs
             where kind = any(:kinds) and run_at <= :at and (lease_until is null or lease_until <= :at)
             order by run_at, id limit :limit for update skip locked
           )
           update jobs set lease_until = :leaseUntil, epoch = epoch + 1, attempts = attempts + 1
           from due where jobs.id = due.id returning jobs.*`,
          { kinds: [...kinds], limit, at: iso(at), leaseUntil: iso(leaseUntil) },
        ),
      ).map(({ rows }) => rows.map((row) => Row.parse(row)).sort(oldestFirst)),
    extend: (job, leaseUntil) => fenced(job, () => held(job).update({ lease_until: iso(leaseUntil) })),
    complete: (job) => fenced(job, () => held(job).delete()),
    release: (job, runAt, error) =>
      fenced(job, () =>
        held(job).update({
          run_at: iso(runAt),
          lease_until: null,
          last_error: error ?? null,
          // A job that repeats starts afresh; one that failed goes on counting.
          attempts: error === undefined ? 0 : db.ref('attempts'),
        }),
      ),
  };
};
