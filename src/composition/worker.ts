import type { Container } from 'inversify';
import type { Knex } from 'knex';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import type { Logger } from 'pino';
import type { Blobs } from '../adapters/blobs/blob-objects.js';
import { gatewayWorker } from '../adapters/jobs/gateways.js';
import type { Puller } from '../adapters/jobs/pulling.js';
import { ensureRepeating } from '../adapters/jobs/repeating.js';
import { type JobWorker, jobWorker } from '../adapters/jobs/worker.js';
import { sweepExpired } from '../adapters/knex/shared/housekeeping.js';
import { RECONCILE_JOB, USAGE_JOB } from '../application/billing/index.js';
import { EXPIRE_JOB } from '../application/entitlements/index.js';
import type { Collected } from '../application/fleet/collect-garbage.js';
import { HOUR, MINUTE, plus, SECOND } from '../domain/shared/time.js';
import type { Unavailable } from '../ports/shared/failure.js';
import type { Again, JobFailure, JobHandler } from '../ports/shared/jobs.js';
import { nearLimits } from './near-limits.js';
import { contexts, ports } from './tokens.js';

type Parts = {
  readonly container: Container;
  readonly db: Knex;
  readonly blobs: Blobs;
  readonly log: Logger;
};

/** Repeats as long as the deployment lives. */
const sweep =
  ({ container }: Parts, work: () => ResultAsync<unknown, JobFailure>, every: number): JobHandler =>
  () =>
    work().map((): Again => ({ again: plus(container.get(ports.clock).now(), every) }));

/** Batch after batch, until one says that nothing more is to be done. */
const untilDone = (batch: () => ResultAsync<boolean, Unavailable>): ResultAsync<void, Unavailable> =>
  new ResultAsync<void, Unavailable>(
    (async (): Promise<Result<void, Unavailable>> => {
      for (;;) {
        const more = await batch();
        if (more.isErr()) return err(more.error);
        if (!more.value) return ok(undefined);
      }
    })(),
  );

/** What somebody has to hear of. */
const tellOf =
  (log: Logger) =>
  (pass: Collected): void => {
    if (pass.outcome === 'foreign_database')
      log.error(
        pass,
        'this database belongs to another deployment: its gateways are left alone. If it is this one, set DEPLOYMENT_ID to what is recorded',
      );
    if (pass.outcome === 'too_many')
      log.error(pass, 'so many instances without a gateway that none of them is ended: look into it');
    if (pass.outcome === 'collected' && pass.ended + pass.kept > 0)
      log.warn(pass, 'instances without a gateway were ended');
  };

const sweepsOf = (parts: Parts): Readonly<Record<string, JobHandler>> => {
  const { blobs, db, container } = parts;
  const clock = container.get(ports.clock);
  const expired = () => untilDone(() => sweepExpired(db, clock.now()).map((swept) => swept > 0));
  const { reapUploads } = container.get(contexts.storage);
  const { countBuckets } = container.get(contexts.storage);
  const counts = () => untilDone(() => countBuckets().map(({ more }) => more));
  const uploads = () => untilDone(() => reapUploads().map(({ more }) => more));
  const garbage = () => untilDone(() => blobs.sweepGarbage().map(({ more }) => more));
  const unfinished = () => untilDone(() => blobs.sweepUploads().map(({ more }) => more));
  const fleet = container.get(contexts.fleet);
  const instances = () => fleet.collectGarbage().map((passes) => passes.forEach(tellOf(parts.log)));
  return {
    // Each host has its own: instances may live on it, where no other host sees them.
    [`sweep.instances:${fleet.hostId}`]: sweep(parts, instances, 2 * MINUTE),
    'sweep.blob-garbage': sweep(parts, garbage, 30 * SECOND),
    'sweep.blob-uploads': sweep(parts, unfinished, HOUR),
    'sweep.blob-writers': sweep(parts, blobs.sweepDeadWriters, 30 * SECOND),
    'sweep.expired': sweep(parts, expired, HOUR),
    'sweep.storage-counts': sweep(parts, counts, MINUTE),
    'sweep.open-uploads': sweep(parts, uploads, 10 * MINUTE),
  };
};

/** The worker of this process, with every context's jobs and the sweeps. */
export const startWorker = async (parts: Parts): Promise<JobWorker> => {
  const { container, log } = parts;
  const sweeps = sweepsOf(parts);
  const [units, ids, clock] = [
    container.get(ports.storage),
    container.get(ports.ids),
    container.get(ports.clock),
  ];
  const repeating = [...Object.keys(sweeps), RECONCILE_JOB, USAGE_JOB, EXPIRE_JOB];
  const ensured = await ensureRepeating({ units, ids, clock }, repeating);
  if (ensured.isErr()) throw new Error('the repeating jobs cannot be queued', { cause: ensured.error.cause });
  const worker = jobWorker({
    jobs: container.get(ports.jobs),
    handlers: {
      ...container.get(contexts.accounts).jobs,
      ...container.get(contexts.storage).jobs,
      ...container.get(contexts.billing).jobs,
      ...container.get(contexts.entitlements).jobs,
      ...container.get(contexts.workspaces).jobs,
      ...sweeps,
    },
    clock,
    log,
  });
  worker.start();
  return worker;
};

/** Keeps the lease under which this process writes blobs. */
export const keepWriter = async (blobs: Blobs, log: Logger): Promise<() => Promise<void>> => {
  const started = await blobs.startWriter();
  if (started.isErr())
    throw new Error('the object store cannot be opened for writing', { cause: started.error.cause });
  const timer = setInterval(async () => {
    const renewed = await blobs.renewWriter();
    if (renewed.isErr())
      log.warn({ failure: renewed.error.kind }, 'the lease of the object store was not renewed');
  }, 15 * SECOND);
  return async () => {
    clearInterval(timer);
    const stopped = await blobs.stopWriter();
    if (stopped.isErr()) log.warn('the lease of the object store is left to run out');
  };
};

/** Says every now and then which uploads this process is still writing. What ends with it is left to be reaped. */
export const keepUploads = (container: Container, log: Logger): (() => Promise<void>) => {
  const journals = container.get(ports.uploadJournals);
  const timer = setInterval(async () => {
    const renewed = await journals.renew();
    if (renewed.isErr()) log.warn({ failure: renewed.error.kind }, 'open uploads were not renewed');
  }, 10 * MINUTE);
  return async () => clearInterval(timer);
};

/** The reconciler of this process: brings gateways to where they are wanted. */
export const startReconciler = (container: Container, log: Logger): Puller => {
  const { reconciler } = container.get(contexts.fleet);
  const worker = gatewayWorker({ ...reconciler, log });
  worker.start();
  return worker;
};

/**
 * Hands over every second what this process has counted, gives back room that nobody needs, and tells who comes near a
 * limit; at the end as well.
 */
export const keepTally = (container: Container, log: Logger): (() => Promise<void>) => {
  const metering = container.get(ports.storageMetering);
  const tell = nearLimits(container);
  let telling: Promise<void> | undefined;
  const tellOnce = async (): Promise<void> => {
    const told = await tell();
    if (told.isErr()) log.warn({ failure: told.error.kind }, 'it was not told yet who comes near a limit');
    telling = undefined;
  };
  const flush = async (settle = metering.settle): Promise<void> => {
    const flushed = await settle();
    if (flushed.isErr()) log.warn({ failure: flushed.error.kind }, 'what is stored was not recorded yet');
    // Telling may take long, and what is stored is handed over every second all the same.
    telling ??= tellOnce();
  };
  const timer = setInterval(() => flush(), SECOND);
  return async () => {
    clearInterval(timer);
    await telling;
    await flush(metering.end);
    await telling;
  };
};

/** So that what is counted and not yet written down is never older than a second, its writing included. */
const CALLS_EVERY = 0.9 * SECOND;

/** Writes down which organizations called this process, and at the end those that are left. */
export const keepCalls = (container: Container, log: Logger): (() => Promise<void>) => {
  const { flushCalls } = container.get(contexts.accounts);
  const flush = async (): Promise<void> => {
    const flushed = await flushCalls();
    if (flushed.isErr()) log.warn({ failure: flushed.error.kind }, 'calls were not written down yet');
  };
  const timer = setInterval(flush, CALLS_EVERY);
  return async () => {
    clearInterval(timer);
    await flush();
  };
};
