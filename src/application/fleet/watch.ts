import { err, ok, okAsync, ResultAsync } from 'neverthrow';
import type { FileSystem } from '../../domain/fleet/file-system.js';
import type { Member } from '../../domain/shared/principal.js';
import type { StreamPosition } from '../../ports/fleet/unit-of-work.js';
import type { DomainEvent } from '../../ports/shared/events.js';
import { NOT_FOUND, type NotFound, type Unavailable } from '../../ports/shared/failure.js';
import type { FleetDeps } from './deps.js';
import { stateEvent } from './events.js';

/** Between two looks at what has come, however many wait for it. */
const EVERY_MS = 250;

type Batch = readonly DomainEvent[];
type Waiter = StreamPosition & {
  readonly give: (events: Batch) => void;
  readonly fail: (defect: unknown) => void;
};

/** Of each stream, the furthest back that anybody waits. */
const positionsOf = (waiting: ReadonlySet<Waiter>): readonly StreamPosition[] => {
  const after = new Map<string, number>();
  for (const waiter of waiting)
    after.set(waiter.stream, Math.min(waiter.after, after.get(waiter.stream) ?? waiter.after));
  return [...after].map(([stream, from]) => ({ stream, after: from }));
};

const hand = (waiting: ReadonlySet<Waiter>, events: Batch): void => {
  if (events.length === 0) return;
  const streams = new Map<string, DomainEvent[]>();
  for (const event of events) {
    const stream = streams.get(event.stream);
    if (stream) stream.push(event);
    else streams.set(event.stream, [event]);
  }
  for (const { stream, after, give } of [...waiting]) {
    const news = (streams.get(stream) ?? []).filter(({ seq }) => seq > after);
    if (news.length > 0) give(news);
  }
};

/**
 * The feed as all streams of this process share it: one statement every quarter of a second for whoever waits, and
 * none while nobody does. Who is busy with what it was given does not wait, so that nothing piles up for it here.
 */
const sharedFeed = ({ feed, pause }: Pick<FleetDeps, 'feed' | 'pause'>) => {
  const waiting = new Set<Waiter>();
  let looking = false;
  const look = async (): Promise<void> => {
    while (waiting.size > 0) {
      const found = await feed.since(positionsOf(waiting));
      // A database that is gone for a moment ends no stream: the next look finds what this one did not.
      if (found.isOk()) hand(waiting, found.value);
      await pause.wait(EVERY_MS).unwrapOr(undefined);
    }
  };
  const ended = (): void => {
    looking = false;
  };
  const broken = (defect: unknown): void => {
    ended();
    for (const { fail } of [...waiting]) fail(defect);
  };
  /** What comes after a position, as soon as something does; nothing once the signal is aborted. */
  return (position: StreamPosition, signal: AbortSignal): Promise<Batch> =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return resolve([]);
      const leave = (): void => {
        waiting.delete(waiter);
        signal.removeEventListener('abort', stop);
      };
      const give = (events: Batch): void => {
        leave();
        resolve(events);
      };
      const stop = (): void => give([]);
      const fail = (defect: unknown): void => {
        leave();
        reject(defect);
      };
      const waiter: Waiter = { ...position, give, fail };
      waiting.add(waiter);
      signal.addEventListener('abort', stop);
      if (looking) return;
      looking = true;
      look().then(ended, broken);
    });
};

const SEQ = /^[1-9]\d{0,9}$/;

/** What came after the event that the client has; undefined: nobody can tell what it has. */
const missedSince = (
  { feed }: Pick<FleetDeps, 'feed'>,
  { id, version }: FileSystem,
  lastEventId: string | undefined,
): ResultAsync<Batch | undefined, Unavailable> => {
  const seen = lastEventId !== undefined && SEQ.test(lastEventId) ? Number(lastEventId) : 0;
  if (seen === 0 || seen > version) return okAsync(undefined);
  if (seen === version) return okAsync([]);
  return feed
    .since([{ stream: id, after: seen }])
    .map((events) => (events[0]?.seq === seen + 1 ? events : undefined));
};

/**
 * The file system, or what is left of one that was deleted. In one step: `map` and `orElse` leave half a kilobyte of
 * the old heap behind each time, and all clients come back at once when a server does.
 */
const followed = (
  { readers }: Pick<FleetDeps, 'readers'>,
  { accountId }: Member,
  id: string,
): ResultAsync<FileSystem, NotFound | Unavailable> =>
  new ResultAsync(
    (async () => {
      const found = await readers.fileSystem(accountId, id);
      if (found.isOk()) return ok(found.value.fileSystem);
      return found.error.kind === 'not_found' ? readers.buriedFileSystem(accountId, id) : err(found.error);
    })(),
  );

/** What happens to a file system, until the signal is aborted or it is deleted. */
export type Watched = { readonly events: (signal: AbortSignal) => AsyncIterable<DomainEvent> };

/**
 * Follows a file system. A client that has nothing, or nothing that is known, is told how it stands; one that comes
 * back hears what it missed and nothing else. Then both hear what happens, in order and without a gap. Of one that was
 * deleted, only those hear who come back and have not heard so yet.
 */
export const watchFileSystem = (deps: Pick<FleetDeps, 'feed' | 'pause' | 'readers'>) => {
  const next = sharedFeed(deps);
  const follow = async function* (stream: string, first: Batch, start: number, signal: AbortSignal) {
    let after = start;
    for (let batch = first; !signal.aborted; batch = await next({ stream, after }, signal))
      for (const event of batch) {
        yield event;
        if (event.type === 'deleted') return;
        after = event.seq;
      }
  };
  // By itself, so that a stream of hours keeps no file system.
  const watched = (stream: string, first: Batch, start: number): Watched => ({
    events: (signal) => follow(stream, first, start, signal),
  });
  return (
    id: string,
    lastEventId: string | undefined,
    member: Member,
  ): ResultAsync<Watched, NotFound | Unavailable> =>
    followed(deps, member, id).andThen((fileSystem) =>
      missedSince(deps, fileSystem, lastEventId).andThen((missed) => {
        if (fileSystem.phase === 'deleted' && !missed?.length) return err(NOT_FOUND);
        const first = missed ?? [stateEvent(fileSystem, fileSystem.updatedAt)];
        return ok(watched(id, first, fileSystem.version));
      }),
    );
};
