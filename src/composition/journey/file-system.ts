import { randomUUID } from 'node:crypto';
import { ok, type ResultAsync, safeTry } from 'neverthrow';
import { type ApiFailure, nothing, reasonOf } from './client.js';
import type { LocalFile } from './files.js';
import { fingerprint } from './fingerprint.js';
import { flush } from './flush.js';
import type { Settling } from './made.js';
import { fleetRegion, type Mounted, mount, unmount } from './mounting.js';
import { each, inBucket, type Sent, same, type Trip } from './transfers.js';
import { usageOf } from './usage.js';
import { openWebdav, type Webdav } from './webdav.js';

const MOST_FILES = 200;
const MOST_BYTES = 100e6;

type Item = LocalFile & { readonly sha256: string };
type Tour = { readonly trip: Trip; readonly items: readonly Item[]; readonly webdav: Webdav };

/** Gateways cannot show every name that an object may have: a line break, an accent that stands alone. */
const isShown = ({ key }: LocalFile): boolean => key === key.normalize('NFC') && !/\p{Cc}/u.test(key);

/** The first files that were sent, as far as they are few and small. */
const someOf = (files: readonly LocalFile[], sent: Sent): readonly Item[] => {
  let bytes = 0;
  return files
    .flatMap((file) => {
      const print = sent.get(file.key);
      return print ? [{ ...file, ...print }] : [];
    })
    .filter(isShown)
    .filter(({ size }) => {
      bytes += size;
      return bytes <= MOST_BYTES;
    })
    .slice(0, MOST_FILES);
};

const readAll = ({ trip, items, webdav }: Tour): Promise<void> =>
  each(trip, { name: 'read files', items, bytes: true, note: () => 'over WebDAV' }, (item, moved) =>
    webdav
      .read(item.key, moved)
      .mapErr(reasonOf)
      .andThen((came) => same(item, came)),
  );

/** New files, of which the object API shows the very same bytes once they are flushed. */
const writeAll = (tour: Tour, { id }: Mounted): ResultAsync<void, ApiFailure> =>
  safeTry(async function* () {
    const { trip, items, webdav } = tour;
    const directory = `written-${randomUUID()}`;
    yield* webdav.makeDirectory(directory);
    const written = items.map((item, n) => ({ ...item, name: `${directory}/${n}` }));
    await each(
      trip,
      { name: 'write files', items: written, bytes: true, note: () => 'over WebDAV' },
      (item) =>
        webdav
          .write(item.name, item.path)
          .map(() => item.size)
          .mapErr(reasonOf),
    );
    yield* flush(trip.client, trip.stay, id);
    await each(
      trip,
      { name: 'flushed', items: written, bytes: true, note: () => 'as objects' },
      (item, moved) =>
        trip.client
          .call('downloadBucketObject', inBucket(trip.stay, { key: item.name }))
          .andThen(fingerprint(moved))
          .mapErr(reasonOf)
          .andThen((came) => same(item, came)),
    );
    const all = inBucket(trip.stay, { key: directory, recursive: 'true' });
    return trip.client.call('deleteBucketObject', all).andThen(nothing);
  });

const NO_PROVIDER = 'left out: no file systems on this host, where rclone is not installed';

/** From a bucket to a file system and back: answers what it was, or why it was left out. */
const tour = (
  trip: Trip,
  settling: Settling,
  items: readonly Item[],
): ResultAsync<{ note: string; usage: readonly string[] }, ApiFailure> =>
  safeTry(async function* () {
    const { client } = settling;
    const region = yield* fleetRegion(client);
    if (region === undefined) return ok({ note: NO_PROVIDER, usage: [] });
    const mounted = yield* mount(settling, trip.stay, region);
    const webdav = openWebdav(mounted.door, trip.signal);
    await readAll({ trip, items, webdav });
    yield* writeAll({ trip, items, webdav }, mounted);
    yield* unmount(client, trip.stay, mounted);
    const usage = yield* usageOf(client, trip.stay);
    return ok({ note: `${mounted.instanceType}, created, flushed and stopped`, usage });
  });

/** Shows the bucket as a file system, works on it, stops it, and answers what the project has used by then. */
export const visitFileSystem = async (
  trip: Trip,
  settling: Settling,
  files: readonly LocalFile[],
  sent: Sent,
): Promise<readonly string[]> => {
  if (trip.signal.aborted) return [];
  const began = performance.now();
  const outcome = await tour(trip, settling, someOf(files, sent));
  const seconds = (performance.now() - began) / 1000;
  return outcome.match(
    ({ note, usage }) => {
      trip.phases.push({ name: 'file system', files: 0, seconds, note });
      return usage;
    },
    (failure) => {
      trip.failures.push({ step: 'file system', reason: reasonOf(failure) });
      return [];
    },
  );
};
