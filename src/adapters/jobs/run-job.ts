import { err, type Result } from 'neverthrow';
import { backoff } from '../../domain/shared/backoff.js';
import { plus } from '../../domain/shared/time.js';
import type { Clock } from '../../ports/shared/clock.js';
import type { Again, ClaimedJob, JobFailure, JobHandler, Jobs } from '../../ports/shared/jobs.js';

import type { WorkerLog } from './lease.js';

type Options = {
  readonly jobs: Jobs;
  readonly handlers: Readonly<Record<string, JobHandler>>;
  readonly clock: Clock;
  readonly log: WorkerLog;
  readonly keepLease: (job: ClaimedJob) => () => Promise<void>;
};

/** What a log line tells of a job: never its payload. */
export const facts = (job: ClaimedJob) => ({ jobId: job.id, jobKind: job.kind, attempts: job.attempts });

/** Runs one claimed job under its lease and records the verdict. */
export const jobRunner = ({ jobs, handlers, clock, log, keepLease }: Options) => {
  const attempt = async (job: ClaimedJob): Promise<Result<Again | undefined, JobFailure>> => {
    try {
      const handled = await handlers[job.kind]?.(job);
      return handled?.map((outcome) => outcome ?? undefined) ?? err({ kind: 'no_handler' });
    } catch (thrown) {
      log.error({ ...facts(job), err: thrown }, 'a job handler threw');
      return err({ kind: 'defect' });
    }
  };

  const settle = (job: ClaimedJob, result: Result<Again | undefined, JobFailure>) => {
    if (result.isErr()) {
      log.warn({ ...facts(job), failure: result.error.kind }, 'a job failed and will be tried again');
      return jobs.release(job, plus(clock.now(), backoff(job)), result.error.kind);
    }
    const again = result.value?.again;
    return again === undefined ? jobs.complete(job) : jobs.release(job, again);
  };

  return async (job: ClaimedJob): Promise<void> => {
    const letGo = keepLease(job);
    const result = await attempt(job);
    await letGo();
    const settled = await settle(job, result);
    // The lease runs out and the job is done again, by whoever claims it then.
    if (settled.isErr())
      log.warn({ ...facts(job), failure: settled.error.kind }, 'a verdict was not recorded');
  };
};
