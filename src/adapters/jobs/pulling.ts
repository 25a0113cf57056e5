import { setTimeout } from 'node:timers/promises';
import type { ResultAsync } from 'neverthrow';
import { SECOND } from '../../domain/shared/time.js';
import type { Sleep, WorkerLog } from './lease.js';

type Options<Item> = {
  /** What the lines of the log call the items. */
  readonly what: string;
  /** Due items that nobody else holds, at most `limit`. */
  readonly claim: (limit: number) => ResultAsync<readonly Item[], unknown>;
  /** Does what is to be done with one, and settles it; it does not reject for what may be expected. */
  readonly run: (item: Item) => Promise<void>;
  /** What a log line tells of an item. */
  readonly facts: (item: Item) => object;
  readonly log: WorkerLog;
  /** Items in hand at one moment. */
  readonly concurrency: number;
  readonly pollMs?: number;
  readonly sleep?: Sleep;
};

export type Puller = {
  readonly start: () => void;
  /** Claims no more and waits for what is running. */
  readonly drain: () => Promise<void>;
  /** Claims once and runs what it got to the end; answers how many items that were. */
  readonly tick: () => Promise<number>;
};

/** Until the time is over or the signal comes. */
export const untilAborted: Sleep = (ms, signal) =>
  setTimeout(ms, undefined, { signal }).catch(() => undefined);

/** Pulls due items and has them run, so many at once. Any number of pullers may run, in any number of processes. */
export const puller = <Item>({
  what,
  claim,
  run,
  facts,
  log,
  concurrency,
  pollMs = SECOND / 2,
  sleep = untilAborted,
}: Options<Item>): Puller => {
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  let looping: Promise<void> | undefined;

  const begin = (item: Item): Promise<void> => {
    const done: Promise<void> = run(item)
      .catch((thrown: unknown) =>
        log.error({ ...facts(item), err: thrown }, `one of the ${what} was not settled`),
      )
      .finally(() => running.delete(done));
    running.add(done);
    return done;
  };

  const pull = async (): Promise<readonly Item[]> => {
    try {
      const claimed = await claim(concurrency - running.size);
      if (claimed.isErr()) log.warn({ failure: claimed.error }, `${what} cannot be claimed`);
      return claimed.unwrapOr([]);
    } catch (thrown) {
      log.error({ err: thrown }, `claiming ${what} threw`);
      return [];
    }
  };

  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      if (running.size >= concurrency) await Promise.race(running);
      else if ((await pull()).map(begin).length === 0) await sleep(pollMs, stopping.signal);
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
    tick: async () => (await Promise.all((await pull()).map(begin))).length,
  };
};
