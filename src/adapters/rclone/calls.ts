import { err, ok, type Result, ResultAsync } from 'neverthrow';
import { NOT_FOUND, type NotFound, type Unavailable } from '../../ports/shared/failure.js';
import { type Found, ownInstance } from './instance.js';
import type { Keeper } from './keeper.js';

const LOCK_PATIENCE_MS = 5_000;
const unavailable = (cause: unknown): Unavailable => ({ kind: 'unavailable', dependency: 'rclone', cause });

/** A call of the port; what the disk or a process does wrong makes it unavailable. */
export const call = <T, E>(work: () => Promise<Result<T, E>>): ResultAsync<T, E | Unavailable> =>
  ResultAsync.fromPromise(work(), unavailable).andThen((result) => result);

/** The same with the instance in hand, nobody else near it. */
export const underLock = <T, E>(
  { lock }: Keeper,
  token: string,
  work: () => Promise<Result<T, E>>,
): Promise<Result<T, E | Unavailable>> =>
  lock(token, LOCK_PATIENCE_MS, work).then(
    (result): Result<T, E | Unavailable> => result ?? err(unavailable('somebody else has it in hand')),
  );

/** A call that concerns a running instance of this deployment. */
export const onRunning = <T>(
  opened: Promise<Keeper>,
  ref: string,
  work: (keeper: Keeper, found: Found) => Promise<T>,
): ResultAsync<T, NotFound | Unavailable> =>
  call<T, NotFound>(async () => {
    const keeper = await opened;
    const found = await ownInstance(keeper, ref);
    return found?.state.state === 'running' ? ok(await work(keeper, found)) : err(NOT_FOUND);
  });
