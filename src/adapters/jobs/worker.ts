import { plus, SECOND } from '../../domain/shared/time.js';
import type { Clock } from '../../ports/shared/clock.js';
import type { JobHandler, Jobs } from '../../ports/shared/jobs.js';
import { leaseKeeper, type Sleep, type WorkerLog } from './lease.js';
import { type Puller, puller, untilAborted } from './pulling.js';
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

export type JobWorker = Puller;

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
  const keepLease = leaseKeeper({ jobs, clock, log, leaseMs, sleep });
  const claim = (limit: number) => {
    const at = clock.now();
    return jobs.claim(Object.keys(handlers), limit, at, plus(at, leaseMs));
  };
  const run = jobRunner({ jobs, handlers, clock, log, keepLease });
  return puller({ what: 'jobs', claim, run, facts, log, concurrency, pollMs, sleep });
};
