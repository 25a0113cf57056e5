import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { uuidv7 } from 'uuidv7';
import { type BlobOptions, type Blobs, blobObjects } from '../../../src/adapters/blobs/blob-objects.js';
import { memoryObjects } from '../../../src/adapters/memory/storage/object-store.js';
import { type Instant, instant, plus } from '../../../src/domain/shared/time.js';
import type { ObjectKey, Prefix } from '../../../src/domain/storage/object-key.js';
import type {
  Bytes,
  ObjectStore,
  PutOptions,
  StoredObject,
} from '../../../src/ports/storage/object-store.js';
import { freshDatabase, type TestDatabase } from '../../support/postgres.js';

export const key = (text: string): ObjectKey => text as ObjectKey;
export const prefix = (text: string): Prefix => text as Prefix;
export const text = (content: string): Uint8Array => new TextEncoder().encode(content);

/** A body that arrives in these pieces. */
export async function* pieces(...chunks: readonly Uint8Array[]): Bytes {
  yield* chunks;
}
/** A body that fails after these pieces. */
export async function* failingAfter(...chunks: readonly Uint8Array[]): Bytes {
  yield* chunks;
  throw new Error('the line went dead');
}
/** A body that says nothing more after these pieces; `onStall` tells when. */
export async function* stallingAfter(onStall: () => void, ...chunks: readonly Uint8Array[]): Bytes {
  yield* chunks;
  onStall();
  await new Promise<never>(() => undefined);
}

export const MAX = 64 * 1024 * 1024;
export const put = async (
  store: ObjectStore,
  bucket: string,
  name: string,
  content: Uint8Array | string,
  options: Partial<PutOptions> = {},
) => {
  const bytes = typeof content === 'string' ? text(content) : content;
  return store.put(bucket, key(name), pieces(bytes), { length: bytes.length, maxBytes: MAX, ...options });
};
export const putOk = async (...given: Parameters<typeof put>) => (await put(...given))._unsafeUnwrap();

export const bytesOf = async ({ body }: StoredObject): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
};
export const contentOf = async (store: ObjectStore, bucket: string, name: string): Promise<string> =>
  (await bytesOf((await store.get(bucket, key(name)))._unsafeUnwrap())).toString();

/** A bucket nobody else uses. */
export const newBucket = async (store: ObjectStore): Promise<string> => {
  const name = `bucket-${uuidv7()}`;
  (await store.createBucket(name))._unsafeUnwrap();
  return name;
};

/** A clock that stands still until it is told to go on. */
const testClock = (start: Instant) => {
  let now = start;
  return {
    now: () => now,
    advance: (ms: number) => {
      now = plus(now, ms);
    },
  };
};

const ids = { next: uuidv7 };
const AT = instant(Date.UTC(2026, 0, 31, 12));

export const memoryStore = (): ObjectStore => memoryObjects({ clock: testClock(AT), ids });

export type BlobsRig = Blobs & {
  readonly database: TestDatabase;
  readonly directory: string;
  readonly clock: ReturnType<typeof testClock>;
  /** Another process, of the same host and on the same database and directory unless told otherwise. */
  readonly another: (
    options?: Partial<
      Pick<BlobOptions, 'clock' | 'db' | 'directory' | 'freeSpaceFloor' | 'host' | 'smallBelow'>
    >,
  ) => Blobs;
  /** Names of all files in the shards, and under tmp as `directory/name`. */
  readonly files: () => Promise<{ readonly objects: readonly string[]; readonly tmp: readonly string[] }>;
  readonly close: () => Promise<void>;
};

const below = async (directory: string): Promise<string[]> => {
  const names: string[] = [];
  for (const inner of await readdir(directory))
    for (const name of await readdir(join(directory, inner))) names.push(`${inner}/${name}`);
  return names.sort();
};

/** The embedded store on a database and a directory of its own, with a writer started. */
export const blobsRig = async (inDirectory?: string): Promise<BlobsRig> => {
  const database = await freshDatabase();
  const directory = inDirectory ?? (await mkdtemp(join(tmpdir(), 'tollhouse-blobs-')));
  const clock = testClock(AT);
  const opened: Blobs[] = [];
  const another: BlobsRig['another'] = (options = {}) => {
    const one = blobObjects({
      db: database.db,
      directory,
      host: 'here',
      freeSpaceFloor: 0,
      clock,
      ids,
      ...options,
    });
    opened.push(one);
    return one;
  };
  const blobs = another();
  (await blobs.startWriter())._unsafeUnwrap();
  return {
    ...blobs,
    database,
    directory,
    clock,
    another,
    files: async () => ({
      objects: (await below(join(directory, 'objects'))).map((name) => name.slice(3)).sort(),
      tmp: await below(join(directory, 'tmp')),
    }),
    close: async () => {
      for (const one of opened) (await one.stopWriter())._unsafeUnwrap();
      await database.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
};
