import { err, ok, type Result } from 'neverthrow';
import type { Clock } from '../../../ports/shared/clock.js';
import { NOT_FOUND } from '../../../ports/shared/failure.js';
import type { Ids } from '../../../ports/shared/ids.js';
import type { MultipartUploads } from '../../../ports/storage/multipart.js';
import type {
  GetFailure,
  ListEntry,
  ListRequest,
  ObjectMeta,
  ObjectStore,
  StoredObject,
} from '../../../ports/storage/object-store.js';
import { spanOf } from '../../kit/byte-range.js';
import {
  inByteOrder,
  type MemoryBucket,
  type MemoryBuckets,
  placed,
  removed,
  type Version,
  within,
  yielding,
} from './memory-buckets.js';
import { memoryUploads } from './multipart.js';
import { received } from './received-body.js';

const CHUNK = 64 * 1024;

const opened = ({ meta, bytes }: Version, from: number, to: number): StoredObject => {
  let closed = false;
  const read = async function* () {
    for (let at = from; at <= to; at += CHUNK) {
      if (closed) throw new Error('closed before its end');
      yield Uint8Array.from(bytes.subarray(at, Math.min(at + CHUNK, to + 1)));
    }
  };
  const close = () => {
    closed = true;
  };
  return { meta, from, to, body: read(), close };
};

const nameOf = (entry: ListEntry): string => (entry.type === 'file' ? entry.object.key : entry.prefix);

const listed = ({ metadata: _, ...meta }: ObjectMeta): ObjectMeta => meta;

const entriesOf = ({ objects }: MemoryBucket, { prefix, delimiter, after }: ListRequest): ListEntry[] => {
  const entries = new Map<string, ListEntry>();
  for (const [key, { meta }] of objects) {
    if (!key.startsWith(prefix)) continue;
    const slash = delimiter === undefined ? -1 : key.indexOf(delimiter, prefix.length);
    const entry: ListEntry =
      slash < 0
        ? { type: 'file', object: listed(meta) }
        : { type: 'folder', prefix: key.slice(0, slash + 1) };
    entries.set(nameOf(entry), entry);
  }
  return [...entries.values()]
    .filter((entry) => after === undefined || inByteOrder(nameOf(entry), after) > 0)
    .sort((a, b) => inByteOrder(nameOf(a), nameOf(b)));
};

const objectsIn = (store: MemoryBuckets): ObjectStore => ({
  tellsFreed: true,
  createBucket: (name) =>
    yielding(() => {
      if (!store.buckets.has(name)) store.buckets.set(name, { objects: new Map(), uploads: new Map() });
      return ok(undefined);
    }),
  deleteBucket: (name) =>
    yielding(() => {
      if ((store.buckets.get(name)?.objects.size ?? 0) > 0) return err({ kind: 'bucket_not_empty' });
      store.buckets.delete(name);
      return ok(undefined);
    }),
  put: (name, key, body, options) =>
    received(body, options).andThen((bytes) =>
      within(store, name, (bucket) => {
        const { contentType, metadata } = options;
        const [etag, modifiedAt] = [store.ids.next(), store.clock.now()];
        const meta = { key, size: bytes.length, etag, modifiedAt, contentType, metadata };
        return placed(bucket, { meta, bytes }, options);
      }),
    ),
  get: (name, key, { range, ifMatch } = {}) =>
    within(store, name, ({ objects }): Result<StoredObject, GetFailure> => {
      const version = objects.get(key);
      if (!version) return err(NOT_FOUND);
      if (ifMatch !== undefined && ifMatch !== version.meta.etag) return err({ kind: 'precondition_failed' });
      return spanOf(range, version.bytes.length).map(({ from, to }) => opened(version, from, to));
    }),
  head: (name, key) =>
    within(store, name, ({ objects }) => {
      const version = objects.get(key);
      return version ? ok(version.meta) : err(NOT_FOUND);
    }),
  list: (name, request) =>
    within(store, name, (bucket) => {
      const entries = entriesOf(bucket, request);
      const page = entries.slice(0, request.limit);
      const last = page.at(-1);
      return ok(
        entries.length > page.length && last ? { entries: page, next: nameOf(last) } : { entries: page },
      );
    }),
  deleteMany: (name, keys, freed) =>
    within(store, name, (bucket) => {
      const gone = removed(bucket, keys);
      freed?.(gone);
      return ok([]);
    }),
});

type Deps = { readonly clock: Clock; readonly ids: Ids };

/** The store as maps, with the uploads that make its objects in parts. */
export const memoryStore = (
  deps: Deps,
): { readonly objects: ObjectStore; readonly uploads: MultipartUploads } => {
  const store = { ...deps, buckets: new Map() };
  return { objects: objectsIn(store), uploads: memoryUploads(store) };
};

/** The store as a map: what was read stays as it was read, and each call takes effect at one moment. */
export const memoryObjects = (deps: Deps): ObjectStore => memoryStore(deps).objects;
