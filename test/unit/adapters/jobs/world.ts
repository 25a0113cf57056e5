import { ResultAsync } from 'neverthrow';
import type { Sleep } from '../../../../src/adapters/jobs/lease.js';
import { jobWorker, type WorkerOptions } from '../../../../src/adapters/jobs/worker.js';
import { memoryStore } from '../../../../src/adapters/memory/kit/store.js';
import { memoryUnitOfWork } from '../../../../src/adapters/memory/kit/unit-of-work.js';
import { countingIds } from '../../../../src/adapters/memory/shared/counting-ids.js';
import { fixedClock } from '../../../../src/adapters/memory/shared/fixed-clock.js';
import { memoryJobs } from '../../../../src/adapters/memory/shared/jobs.js';
import type { JobRow } from '../../../../src/adapters/memory/shared/rows.js';
import { memorySharedTx } from '../../../../src/adapters/memory/shared/shared-tx.js';
import { instant } from '../../../../src/domain/shared/time.js';
import type { JobHandler } from '../../../../src/ports/shared/jobs.js';

export const START = instant(1_000_000);

/** Sleeps last until the test says that the time has come. */
const sleeper = () => {
  const waiting: (() => void)[] = [];
  const sleep: Sleep = (_, signal) =>
    new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve());
      if (signal.aborted) resolve();
      waiting.push(resolve);
    });
  const wake = (): void => {
    for (const resolve of waiting.splice(0)) resolve();
  };
  return { sleep, wake };
};

/** A memory store with its queue, and all that a worker needs. */
export const world = () => {
  const store = memoryStore();
  const clock = fixedClock(START);
  const ids = countingIds();
  const jobs = memoryJobs(store);
  const units = memoryUnitOfWork(store, (tx) =>
    memorySharedTx(tx, {
      ids,
      quotas: { buckets: 1, connections: 1, members: 1, file_systems: 1, gateways: 1 },
    }),
  );
  const lines: string[] = [];
  const log = {
    warn: (_: object, text: string) => lines.push(text),
    error: (_: object, text: string) => lines.push(text),
  };
  const { sleep, wake } = sleeper();
  return {
    clock,
    jobs,
    lines,
    units,
    ids,
    wake,
    enqueue: async (kind: string) => {
      const job = { id: ids.next(), kind, payload: { n: 1 }, runAt: clock.now() };
      (await units.run((tx) => tx.jobs.enqueue(job)))._unsafeUnwrap();
    },
    rows: async () => (await store.read<JobRow>('jobs').all())._unsafeUnwrap(),
    worker: (handlers: Record<string, JobHandler>, options: Partial<WorkerOptions> = {}) =>
      jobWorker({ jobs, handlers, clock, log, sleep, ...options }),
  };
};

/** Lets everything that can happen happen, until it has. */
export const settled = async (until: () => boolean | Promise<boolean>): Promise<void> => {
  for (let turn = 0; turn < 500 && !(await until()); turn += 1) await new Promise(setImmediate);
};

/** A handler that is held up until it is let go. */
export const heldUp = () => {
  let begun = 0;
  let letGo: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const handler: JobHandler = () => {
    begun += 1;
    return ResultAsync.fromSafePromise(gate);
  };
  return { handler, begun: () => begun, letGo: () => letGo() };
};
