import type { Knex } from 'knex';
import { errAsync, ok, okAsync, type ResultAsync } from 'neverthrow';
import * as z from 'zod';
import { iso } from '../../../domain/shared/time.js';
import type { Audit } from '../../../ports/shared/audit.js';
import type { Events } from '../../../ports/shared/events.js';
import { NOT_FOUND, type NotFound, type Unavailable } from '../../../ports/shared/failure.js';
import type { Ids } from '../../../ports/shared/ids.js';
import type { JobQueue } from '../../../ports/shared/jobs.js';
import type { DataKey } from '../../../ports/shared/sealer.js';
import type { SharedTx } from '../../../ports/shared/shared-tx.js';
import type { Quotas } from '../../kit/limited.js';
import { query } from '../kit/query.js';
import { json } from '../kit/rows.js';
import { knexIdempotency } from './idempotency.js';
import { knexQuota } from './quota.js';

export type SharedDeps = { readonly ids: Ids; readonly quotas: Quotas };

const jobQueue = (trx: Knex): JobQueue => ({
  enqueue: (job) =>
    query(() =>
      trx('jobs')
        .insert({
          id: job.id,
          kind: job.kind,
          key: job.key ?? null,
          account_id: job.accountId ?? null,
          payload: json(job.payload),
          sealed: job.sealed ?? null,
          run_at: iso(job.runAt),
        })
        .onConflict('key')
        .ignore(),
    ).map(() => undefined),
});

const APPEND = `insert into events (stream, seq, type, account_id, data, at)
  values (:stream, :seq, :type, :account, :data, :at) on conflict (stream, seq) do nothing`;

// A seq that a concurrent unit has just taken is a conflict and runs the unit again; one that this unit
// could see was taken is a defect: its aggregate's compare-and-set would have refused.
const events = (trx: Knex, jobs: JobQueue): Events => ({
  append: ({ stream, seq, type, accountId, data, at }, ...deliveries) =>
    deliveries.reduce<ResultAsync<void, Unavailable>>(
      (written, job) => written.andThen(() => jobs.enqueue(job)),
      query(() =>
        trx
          .raw<{ readonly rowCount: number }>(APPEND, {
            stream,
            seq,
            type,
            account: accountId,
            data: json(data),
            at: iso(at),
          })
          .options({ name: 'append an event' }),
      ).andThen(({ rowCount }) => {
        if (rowCount === 0) throw new Error(`event ${seq} of ${stream} is written already`);
        return ok(undefined);
      }),
    ),
});

const audit = (trx: Knex, ids: Ids): Audit => ({
  record: ({ accountId, actor, action, target, requestId, network, at, data }) =>
    query(() =>
      trx('audit_log').insert({
        id: ids.next(),
        account_id: accountId,
        actor_kind: actor.kind,
        actor_id: actor.id ?? null,
        action,
        target,
        request_id: requestId,
        network: network ?? null,
        data: data === undefined ? null : json(data),
        at: iso(at),
      }),
    ).map(() => undefined),
});

const Live = z.object({ data_key: z.string().transform((text) => text as DataKey) }).optional();

/** Deletion takes the account's row FOR UPDATE, so it waits for every unit that holds this lock. */
const lockLive =
  (trx: Knex): SharedTx['accounts']['lockLive'] =>
  (id) =>
    query(() =>
      trx('accounts')
        .where({ id })
        .whereNull('deleted_at')
        .whereNotNull('data_key')
        .forShare()
        .first('data_key'),
    ).andThen((row) => {
      const dataKey = Live.parse(row)?.data_key;
      return dataKey === undefined ? errAsync<never, NotFound>(NOT_FOUND) : okAsync({ dataKey });
    });

/** What every context's unit of work offers beside its own repositories, on one transaction. */
export const knexSharedTx = (trx: Knex, { ids, quotas }: SharedDeps): SharedTx => {
  const jobs = jobQueue(trx);
  const appended = events(trx, jobs);
  return {
    jobs,
    events: appended,
    audit: audit(trx, ids),
    idempotency: knexIdempotency(trx),
    accounts: { lockLive: lockLive(trx) },
    quota: knexQuota(trx, { quotas, ids, events: appended }),
  };
};
