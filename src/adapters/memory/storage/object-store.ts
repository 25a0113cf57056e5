import { Readable } from 'node:stream';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import type { ObjectKey } from '../../../domain/storage/object-key.js';
import type { Clock } from '../../../ports/shared/clock.js';
import { NOT_FOUND } from '../../../ports/shared/failure.js';
import type { Ids } from '../../../ports/shared/ids.js';
import type {
  BodyMismatch,
  BucketMissing,
  ByteRange,
  Bytes,
  GetFailure,
  ListEntry,
  ListRequest,
  ObjectMeta,
  ObjectStore,
  PutOptions,
  RangeUnsatisfiable,
  StoredObject,
  TooLarge,
} from '../../../ports/storage/object-store.js';

type Version = { readonly meta: ObjectMeta; readonly bytes: Buffer };
type Bucket = Map<ObjectKey, Version>;

const BUCKET_MISSING: BucketMissing = { kind: 'bucket_missing' };
const CHUNK = 64 * 1024;

/** Runs `work` at one moment, but never within the call itself: others get their turn first, as with a real store. */
const yielding = <T, E>(work: () => Result<T, E>): ResultAsync<T, E> =>
  new ResultAsync(Promise.resolve().then(work));

const gone: BodyMismatch = { kind: 'body_mismatch', reason: 'the sender went away' };

const refusal = (size: number, { length, maxBytes }: PutOptions): TooLarge | BodyMismatch | undefined => {
  if (size > maxBytes) return { kind: 'object_too_large', maxBytes };
  if (length !== undefined && size > length)
    return { kind: 'body_mismatch', reason: `more than the announced ${length} bytes` };
  return undefined;
};

const collect = async (body: Bytes, options: PutOptions): Promise<TooLarge | BodyMismatch | Buffer> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    // A refused stream stays its owner's, who may still want to answer on its socket.
    for await (const chunk of body instanceof Readable ? body.iterator({ destroyOnReturn: false }) : body) {
      size += chunk.byteLength;
      const refused = refusal(size, options);
      if (refused) return refused;
      chunks.push(chunk);
    }
  } catch {
    return gone;
  }
  const { length } = options;
  return length !== undefined && size < length
    ? { kind: 'body_mismatch', reason: `${size} of the announced ${length} bytes` }
    : Buffer.concat(chunks);
};

/** Settles as soon as the sender is known to be gone, whatever its body still waits for. */
const received = async (
  body: Bytes,
  options: PutOptions,
): Promise<Result<Buffer, TooLarge | BodyMismatch>> => {
  const { signal, length = 0, maxBytes } = options;
  if (length > maxBytes) return err({ kind: 'object_too_large', maxBytes });
  if (signal?.aborted) return err(gone);
  const left = new Promise<BodyMismatch>((resolve) =>
    signal?.addEventListener('abort', () => resolve(gone), { once: true }),
  );
  const outcome = await Promise.race([left, collect(body, options)]);
  return Buffer.isBuffer(outcome) ? ok(outcome) : err(outcome);
};

const holds = (current: Version | undefined, { ifMatch, ifNoneMatch }: PutOptions): boolean =>
  (ifMatch === undefined || current?.meta.etag === ifMatch) && (ifNoneMatch === undefined || !current);

const spanOf = (
  range: ByteRange | undefined,
  size: number,
): Result<{ readonly from: number; readonly to: number }, RangeUnsatisfiable> => {
  const end = size - 1;
  if (!range) return ok({ from: 0, to: end });
  const span =
    'suffix' in range
      ? { from: Math.max(0, size - range.suffix), to: end }
      : { from: range.first, to: Math.min(range.last ?? end, end) };
  return span.from <= span.to ? ok(span) : err({ kind: 'range_unsatisfiable', size });
};

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

const inByteOrder = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
const nameOf = (entry: ListEntry): string => (entry.type === 'file' ? entry.object.key : entry.prefix);

const entriesOf = (bucket: Bucket, { prefix, delimiter, after }: ListRequest): ListEntry[] => {
  const entries = new Map<string, ListEntry>();
  for (const [key, { meta }] of bucket) {
    if (!key.startsWith(prefix)) continue;
    const slash = delimiter === undefined ? -1 : key.indexOf(delimiter, prefix.length);
    const entry: ListEntry =
      slash < 0 ? { type: 'file', object: meta } : { type: 'folder', prefix: key.slice(0, slash + 1) };
    entries.set(nameOf(entry), entry);
  }
  return [...entries.values()]
    .filter((entry) => after === undefined || inByteOrder(nameOf(entry), after) > 0)
    .sort((a, b) => inByteOrder(nameOf(a), nameOf(b)));
};

type Deps = { readonly clock: Clock; readonly ids: Ids };

/** The store as a map: what was read stays as it was read, and each call takes effect at one moment. */
export const memoryObjects = ({ clock, ids }: Deps): ObjectStore => {
  const buckets = new Map<string, Bucket>();
  const within = <T, E>(name: string, work: (bucket: Bucket) => Result<T, E>) =>
    yielding((): Result<T, E | BucketMissing> => {
      const bucket = buckets.get(name);
      return bucket ? work(bucket) : err(BUCKET_MISSING);
    });

  return {
    createBucket: (name) =>
      yielding(() => {
        if (!buckets.has(name)) buckets.set(name, new Map());
        return ok(undefined);
      }),
    deleteBucket: (name) =>
      yielding(() => {
        if ((buckets.get(name)?.size ?? 0) > 0) return err({ kind: 'bucket_not_empty' });
        buckets.delete(name);
        return ok(undefined);
      }),
    put: (name, key, body, options) =>
      new ResultAsync(received(body, options)).andThen((bytes) =>
        within(name, (bucket) => {
          if (!holds(bucket.get(key), options)) return err({ kind: 'precondition_failed' as const });
          const { contentType } = options;
          const meta = { key, size: bytes.length, etag: ids.next(), modifiedAt: clock.now(), contentType };
          bucket.set(key, { meta, bytes });
          return ok(meta);
        }),
      ),
    get: (name, key, { range, ifMatch } = {}) =>
      within(name, (bucket): Result<StoredObject, GetFailure> => {
        const version = bucket.get(key);
        if (!version) return err(NOT_FOUND);
        if (ifMatch !== undefined && ifMatch !== version.meta.etag)
          return err({ kind: 'precondition_failed' });
        return spanOf(range, version.bytes.length).map(({ from, to }) => opened(version, from, to));
      }),
    head: (name, key) =>
      within(name, (bucket) => {
        const version = bucket.get(key);
        return version ? ok(version.meta) : err(NOT_FOUND);
      }),
    list: (name, request) =>
      within(name, (bucket) => {
        const entries = entriesOf(bucket, request);
        const page = entries.slice(0, request.limit);
        const last = page.at(-1);
        return ok(
          entries.length > page.length && last ? { entries: page, next: nameOf(last) } : { entries: page },
        );
      }),
    deleteMany: (name, keys) =>
      within(name, (bucket) => {
        for (const key of keys) bucket.delete(key);
        return ok([]);
      }),
  };
};
