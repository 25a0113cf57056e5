import { plus } from '../../domain/shared/time.js';
import type { Clock } from '../../ports/shared/clock.js';
import type { ClaimedJob, Jobs } from '../../ports/shared/jobs.js';

/** What a worker says; pino's logger fits. */
export type WorkerLog = {
  readonly warn: (facts: object, message: string) => void;
  readonly error: (facts: object, message: string) => void;
};

/** Resolves after `ms`, or at once when the signal is aborted. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<unknown>;

type Options = {
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly log: WorkerLog;
  readonly leaseMs: number;
  readonly sleep: Sleep;
};

/** Renews a job's lease while it runs; the function it gives back stops that and waits for the last renewal. */
export const leaseKeeper =
  ({ jobs, clock, log, leaseMs, sleep }: Options) =>
  (job: ClaimedJob): (() => Promise<void>) => {
    const ended = new AbortController();

    /** False once another worker has the job: there is nothing left to renew. */
    const renew = async (): Promise<boolean> => {
      try {
        const extended = await jobs.extend(job, plus(clock.now(), leaseMs));
        if (extended.isOk()) return true;
        log.warn({ jobId: job.id, failure: extended.error.kind }, 'a lease was not renewed');
        return extended.error.kind !== 'lease_lost';
      } catch (thrown) {
        log.error({ jobId: job.id, err: thrown }, 'renewing a lease threw');
        return true;
      }
    };

    const renewing = (async () => {
      await sleep(leaseMs / 3, ended.signal);
      while (!ended.signal.aborted && (await renew())) await sleep(leaseMs / 3, ended.signal);
    })();

    return async () => {
      ended.abort();
      await renewing;
    };
  };
