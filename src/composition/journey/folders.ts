import type { IncomingMessage } from 'node:http';
import { okAsync, ResultAsync } from 'neverthrow';
import { archiveNames } from '../../domain/storage/archive-names.js';
import type { ObjectKey, Prefix } from '../../domain/storage/object-key.js';
import { checkArchive } from './archive.js';
import { nothing, reasonOf } from './client.js';
import { counted } from './figures.js';
import type { Fingerprint } from './fingerprint.js';
import { each, inBucket, type Sent, type Trip } from './transfers.js';

/** More than this the server does not put into one archive. */
const MOST_IN_ARCHIVE = 100_000;
type Folder = { readonly key: string; readonly size: number; readonly files: Sent };

const inByteOrder = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  Buffer.compare(Buffer.from(a), Buffer.from(b));

/** The folders at the top, each with all that was sent into it. */
export const foldersOf = (sent: Sent): readonly Folder[] => {
  const folders = new Map<string, Map<string, Fingerprint>>();
  for (const [key, print] of [...sent].sort(inByteOrder)) {
    const slash = key.indexOf('/');
    if (slash < 0) continue;
    const folder = key.slice(0, slash);
    folders.set(folder, (folders.get(folder) ?? new Map<string, Fingerprint>()).set(key, print));
  }
  return [...folders].map(([key, files]) => ({
    key,
    files,
    size: [...files.values()].reduce((sum, { size }) => sum + size, 0),
  }));
};

/** By its name in the archive, what each file of a folder must be. */
export const namedInArchive = ({ key, files }: Folder): ReadonlyMap<string, Fingerprint> => {
  const listed = [...files].map(([name, print]) => ({ key: name as ObjectKey, print, size: print.size }));
  const entries = archiveNames(`${key}/` as Prefix, listed);
  return new Map(entries.map(({ name, object }) => [name, object.print]));
};

/** Fetches every folder at the top as one archive, and compares each file in it. */
export const archiveAll = (trip: Trip, sent: Sent): Promise<void> =>
  each(
    trip,
    {
      name: 'zip',
      items: foldersOf(sent).filter(({ files }) => files.size <= MOST_IN_ARCHIVE),
      bytes: true,
      note: (folders) => `${counted(folders.length, 'folder')}, each as one archive`,
    },
    (folder, moved) =>
      trip.client
        .call('downloadBucketObject', inBucket(trip.stay, { key: folder.key, recursive: 'true' }))
        .mapErr(reasonOf)
        .andThen((reply) => new ResultAsync(checkArchive(counting(reply, moved), namedInArchive(folder))))
        .map(() => folder.size),
  );

async function* counting(reply: IncomingMessage, moved: (count: number) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of reply as AsyncIterable<Uint8Array>) {
    moved(chunk.length);
    yield chunk;
  }
}

/** Deletes every folder at the top with all that is in it. */
export const deleteFolders = (trip: Trip, sent: Sent): Promise<void> =>
  each(trip, { name: 'delete folders', items: foldersOf(sent), bytes: false }, ({ key }) =>
    trip.client
      .call('deleteBucketObject', inBucket(trip.stay, { key, recursive: 'true' }))
      .andThen(nothing)
      .mapErr(reasonOf)
      .andThen(() => okAsync(0)),
  );
