import { okAsync, type ResultAsync } from 'neverthrow';
import type { FileSystem } from '../../domain/fleet/file-system.js';
import type { Gateway } from '../../domain/fleet/gateway.js';
import type { Instant } from '../../domain/shared/time.js';
import type { FleetTx } from '../../ports/fleet/unit-of-work.js';
import type { StaleVersion, Unavailable } from '../../ports/shared/failure.js';
import type { QuotaExceeded } from '../../ports/shared/shared-tx.js';
import { flushEvent, stateEvent } from './events.js';

type Saved<T> = ResultAsync<T, StaleVersion | Unavailable>;

const same = (before: FileSystem, after: FileSystem): boolean =>
  JSON.stringify(before) === JSON.stringify(after);

const written = (
  tx: FleetTx,
  after: FileSystem,
  at: Instant,
  tell: typeof stateEvent | typeof flushEvent,
): Saved<FileSystem> =>
  tx.fileSystems.save(after).andThen((saved) => tx.events.append(tell(saved, at)).map(() => saved));

/** One more that is set to run, if the account may have it. One that is so already takes nothing. */
export const takeRunning = (
  tx: FleetTx,
  { accountId, desired }: FileSystem,
  at: Instant,
): ResultAsync<void, QuotaExceeded | Unavailable> =>
  desired === 'running' ? okAsync(undefined) : tx.quota.take(accountId, 'running_file_systems', 1, at);

/** Gives back what it took, whoever writes that it is to run no more. */
const releaseRunning = (
  tx: FleetTx,
  before: FileSystem,
  after: FileSystem,
): ResultAsync<void, Unavailable> =>
  before.desired === 'running' && after.desired === 'stopped'
    ? tx.quota.release(after.accountId, 'running_file_systems', 1)
    : okAsync(undefined);

/**
 * Saves a file system with the events that tell of it. A version tells of one thing: first how it stands, then the
 * flushes that are done. One that is as it was stays as it is.
 */
export const saveFileSystem = (
  tx: FleetTx,
  before: FileSystem,
  after: FileSystem,
  at: Instant,
): Saved<FileSystem> => {
  const { flushesDone } = after;
  const stands: FileSystem = { ...after, flushesDone: before.flushesDone };
  const first: Saved<FileSystem> = same(before, stands)
    ? okAsync(before)
    : written(tx, stands, at, stateEvent).andThen((saved) =>
        releaseRunning(tx, before, saved).map(() => saved),
      );
  return first.andThen(
    (saved): Saved<FileSystem> =>
      saved.flushesDone === flushesDone
        ? okAsync(saved)
        : written(tx, { ...saved, flushesDone }, at, flushEvent),
  );
};

/** The same for a gateway. */
export const saveGateway = (tx: FleetTx, before: Gateway, after: Gateway, at: Instant): Saved<Gateway> =>
  JSON.stringify(before) === JSON.stringify(after)
    ? okAsync(before)
    : tx.gateways.save(after).andThen((saved) => tx.events.append(stateEvent(saved, at)).map(() => saved));
