import { setTimeout } from 'node:timers/promises';
import { plus, SECOND } from '../../domain/shared/time.js';
import type { Clock } from '../../ports/shared/clock.js';
import type { ClaimedJob, JobHandler, Jobs } from '../../ports/shared/jobs.js';
import { leaseKeeper, type Sleep, type WorkerLog } from './lease.js';
import { facts, jobRunner } from './run-job.js';

export type WorkerOptions = {
  readonly jobs: Jobs;
  readonly handlers: Readonly<Record<string, JobHandler>>;
  readonly clock: Clock;
  readonly log: WorkerLog;
  /** Jobs in hand at one moment. */
  readonly concurrency?: number;
  readonly pollMs?: number;
  /** Renewed after a third of it; when the process dies, its jobs resume once it has run out. */
  readonly leaseMs?: number;
  readonly sleep?: Sleep;
};

export type JobWorker = {
  readonly start: () => void;
  /** Claims no more and waits for what is running. */
  readonly drain: () => Promise<void>;
  /** Claims once and runs what it got to the end; answers how many jobs that were. */
  readonly tick: () => Promise<number>;
};

const untilAborted: Sleep = (ms, signal) => setTimeout(ms, undefined, { signal }).catch(() => undefined);

/** Drives handlers with the jobs of their kinds. Any number of workers may run, in any number of processes. */
export const jobWorker = ({
  jobs,
  handlers,
  clock,
  log,
  concurrency = 4,
  pollMs = SECOND / 2,
  leaseMs = 30 * SECOND,
  sleep = untilAborted,
}: WorkerOptions): JobWorker => {
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  const runJob = jobRunner({
    jobs,
    handlers,
    clock,
    log,
    keepLease: leaseKeeper({ jobs, clock, log, leaseMs, sleep }),
  });
  let looping: Promise<void> | undefined;

  const begin = (job: ClaimedJob): Promise<void> => {
    const done: Promise<void> = runJob(job)
      .catch((thrown: unknown) => log.error({ ...facts(job), err: thrown }, 'a job was not settled'))
      .finally(() => running.delete(done));
    running.add(done);
    return done;
  };

  const claim = async (): Promise<readonly ClaimedJob[]> => {
    const at = clock.now();
    try {
      const claimed = await jobs.claim(
        Object.keys(handlers),
        concurrency - running.size,
        at,
        plus(at, leaseMs),
      );
      if (claimed.isErr()) log.warn({ failure: claimed.error }, 'jobs cannot be claimed');
      return claimed.unwrapOr([]);
    } catch (thrown) {
      log.error({ err: thrown }, 'claiming jobs threw');
      return [];
    }
  };

  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      if (running.size >= concurrency) await Promise.race(running);
      else if ((await claim()).map(begin).length === 0) await sleep(pollMs, stopping.signal);
    }
  };

  return {
    start: () => {
      looping ??= loop();
    },
    drain: async () => {
      stopping.abort();
      await looping;
      await Promise.all(running);
    },
    tick: async () => (await Promise.all((await claim()).map(begin))).length,
  };
};
