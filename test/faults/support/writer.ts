import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import { bytesOf, digestOf, type FleetSite } from './fleet.js';
import type { Webdav } from './webdav.js';

/** Of each name, the newest content that was sent, the newest that was taken, and the newest that was seen in the bucket. */
type Ledger = {
  readonly sent: Map<string, number>;
  readonly taken: Map<string, number>;
  readonly flushed: Map<string, number>;
};

const KIB = 1024;
/** All that is written is read back in the end: so many that each kill finds some, so few that it takes no minutes. */
const PACE_MS = 25;
const RETRY_MS = 50;
const WIDTH = 8;
/** From nothing to some hundred kilobytes: more than one write, less than a moment. */
const sizeOf = (n: number): number => (n % 7) * 61 * KIB + n;
export const versionOf = (name: string, n: number): Buffer => bytesOf(`${name} ${n}`, sizeOf(n));

/**
 * What a name may hold. The newest that was taken; but where a later one was cut off by a kill, it had begun to take
 * the place of that one, so it is any from the one that the bucket had: a gateway overwrites files as disks do.
 */
const versionsOf = ({ sent, taken, flushed }: Ledger, name: string): readonly number[] => {
  const [newest, last] = [sent.get(name) ?? 0, taken.get(name)];
  if (newest === last) return [newest];
  const first = flushed.get(name) ?? 0;
  return Array.from({ length: newest - first + 1 }, (_, n) => first + n);
};

/** Somebody who writes without end over WebDAV, new files and one over and over, and tries again where nobody answers. */
export const openWriter = (client: Webdav, label: string) => {
  const ledger: Ledger = { sent: new Map(), taken: new Map(), flushed: new Map() };
  const { sent, taken, flushed } = ledger;
  let over = false;
  let resting: Promise<void> | undefined;
  let underWay: Promise<unknown> = Promise.resolve();
  const write = async (name: string, n: number): Promise<boolean> => {
    sent.set(name, n);
    const status = await client.put(name, versionOf(name, n)).catch(() => undefined);
    const isTaken = status === 201 || status === 204;
    if (isTaken) taken.set(name, n);
    return isTaken;
  };
  const run = async (): Promise<void> => {
    for (let n = 0; !over; n += 1)
      for (const name of [`${label}-${n}`, `${label}-current`])
        for (let done = false; !over && !done; ) {
          await resting;
          const writing = write(name, n);
          underWay = writing;
          done = await writing;
          await pause(done ? PACE_MS : RETRY_MS);
        }
  };
  const running = run();
  return {
    taken: () => new Map(taken),
    /** Holds still for as long as the work takes: a flush ends when nothing is left to be sent. */
    rest: async <T>(work: () => Promise<T>): Promise<T> => {
      let wake = (): void => undefined;
      resting = new Promise((resolve) => {
        wake = resolve;
      });
      await underWay;
      try {
        return await work();
      } finally {
        resting = undefined;
        wake();
      }
    },
    stop: async (): Promise<void> => {
      over = true;
      await running;
    },
    /** Each object is whole and the newest that its name may hold. Nothing else is there, and nothing is missing. */
    expectStored: async (site: FleetSite, bucket: string): Promise<void> => {
      const keys = (await site.keys(bucket)).filter((key) => key.startsWith(`${label}-`));
      expect(keys).toEqual(expect.arrayContaining([...taken.keys()]));
      for (let first = 0; first < keys.length; first += WIDTH)
        await Promise.all(
          keys.slice(first, first + WIDTH).map(async (key) => {
            const found = digestOf(await site.download(bucket, key));
            const version = versionsOf(ledger, key).find((n) => digestOf(versionOf(key, n)) === found);
            expect(version, `${key}: a version that it may hold`).toBeDefined();
            flushed.set(key, version ?? 0);
          }),
        );
    },
  };
};
export type Writer = ReturnType<typeof openWriter>;

/** What a client was told to be flushed. */
export const expectThere = async (
  site: FleetSite,
  bucket: string,
  told: ReadonlyMap<string, number>,
): Promise<void> => {
  const keys = new Set(await site.keys(bucket));
  expect([...told.keys()].filter((key) => !keys.has(key))).toEqual([]);
};

/** Waits for a flush while nothing is written; by then all that was taken is an object, whole and the newest. */
export const flushAll = (
  site: FleetSite,
  fileSystem: string,
  bucket: string,
  writer: Writer,
): Promise<void> =>
  writer.rest(async () => {
    await site.flush(fileSystem);
    await writer.expectStored(site, bucket);
  });
