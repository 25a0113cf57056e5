import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import { DAY, plus } from '../../../domain/shared/time.js';
import type { Events } from '../../../ports/shared/events.js';
import { NOT_FOUND, type NotFound } from '../../../ports/shared/failure.js';
import type { Idempotency, KeyReused, Made } from '../../../ports/shared/idempotency.js';
import type { Ids } from '../../../ports/shared/ids.js';
import type { JobQueue } from '../../../ports/shared/jobs.js';
import type { DataKey } from '../../../ports/shared/sealer.js';
import type { SharedTx } from '../../../ports/shared/shared-tx.js';
import type { Quotas } from '../../kit/limited.js';
import type { MemoryTx } from '../kit/store.js';
import { memoryQuota } from './quota.js';
import { type AccountRow, type AuditRow, type IdempotencyRow, idOf, type JobRow, TABLES } from './rows.js';

export type SharedDeps = { readonly ids: Ids; readonly quotas: Quotas };

const jobQueue = (tx: MemoryTx): JobQueue => {
  const rows = tx.table<JobRow>(TABLES.jobs);
  return {
    enqueue: (job) =>
      (job.key === undefined ? okAsync(true) : tx.claimUnique('jobs.key', job.key, job.id)).andThen((free) =>
        free ? rows.put(job.id, { ...job, attempts: 0, epoch: 0 }) : okAsync(undefined),
      ),
  };
};

const events = (tx: MemoryTx, jobs: JobQueue): Events => ({
  append: (event, ...deliveries) => {
    const id = idOf(event.stream, event.seq);
    const rows = tx.table<typeof event>(TABLES.events);
    return rows.get(id).andThen((taken) => {
      if (taken !== undefined) throw new Error(`event ${event.seq} of ${event.stream} is written already`);
      return deliveries.reduce<ReturnType<Events['append']>>(
        (written, job) => written.andThen(() => jobs.enqueue(job)),
        rows.put(id, event),
      );
    });
  },
});

const idempotency = (tx: MemoryTx): Idempotency => ({
  claim: ({ scope, key, fingerprint, at }, made) => {
    const rows = tx.table<IdempotencyRow>(TABLES.idempotency);
    const id = idOf(scope, key);
    return rows.get(id).andThen((held): ResultAsync<Made | undefined, KeyReused> => {
      if (held === undefined || held.createdAt <= plus(at, -DAY)) {
        return rows.put(id, { fingerprint, made, createdAt: at }).map(() => undefined);
      }
      return held.fingerprint === fingerprint
        ? okAsync(held.made)
        : errAsync({ kind: 'idempotency_key_reused' });
    });
  },
});

const lockLive =
  (tx: MemoryTx): SharedTx['accounts']['lockLive'] =>
  (id) =>
    tx
      .lock(TABLES.accounts, id)
      .andThen(() => tx.table<AccountRow>(TABLES.accounts).get(id))
      .andThen((row) =>
        row?.dataKey === undefined || row.deletedAt !== undefined
          ? errAsync<{ dataKey: DataKey }, NotFound>(NOT_FOUND)
          : okAsync({ dataKey: row.dataKey }),
      );

/** What every context's unit of work offers beside its own repositories, on one unit. */
export const memorySharedTx = (tx: MemoryTx, { ids, quotas }: SharedDeps): SharedTx => {
  const jobs = jobQueue(tx);
  const appended = events(tx, jobs);
  return {
    jobs,
    events: appended,
    audit: {
      record: (entry) => {
        const id = ids.next();
        return tx.table<AuditRow>(TABLES.audit).put(id, { ...entry, id });
      },
    },
    idempotency: idempotency(tx),
    accounts: { lockLive: lockLive(tx) },
    quota: memoryQuota(tx, { quotas, ids, events: appended }),
  };
};
