import { err, ok, type Result } from 'neverthrow';
import type { Instant } from '../../../domain/shared/time.js';
import type { ObjectKey } from '../../../domain/storage/object-key.js';
import type { InvalidPart, MultipartUploads, UploadMissing } from '../../../ports/storage/multipart.js';
import type {
  BucketMissing,
  ObjectMeta,
  PreconditionFailed,
  TooLarge,
} from '../../../ports/storage/object-store.js';
import { inOrder, invalidPart } from '../../kit/named-parts.js';
import {
  inByteOrder,
  type MemoryBucket,
  type MemoryBuckets,
  type Part,
  placed,
  type Upload,
  within,
  yielding,
} from './memory-buckets.js';
import { received } from './received-body.js';

type NamedPart = Parameters<MultipartUploads['complete']>[3][number];

const UPLOAD_MISSING: UploadMissing = { kind: 'upload_missing' };
const open = ({ uploads }: MemoryBucket, key: ObjectKey, id: string): Result<Upload, UploadMissing> => {
  const upload = uploads.get(id);
  return upload?.meta.key === key ? ok(upload) : err(UPLOAD_MISSING);
};

const chosen = ({ parts }: Upload, named: readonly NamedPart[]): Result<readonly Part[], InvalidPart> =>
  inOrder(named).andThen(() => {
    const found: Part[] = [];
    for (const { number, etag } of named) {
      const part = parts.get(number);
      if (part?.meta.etag !== etag) return err(invalidPart(number, 'no such part, or another version of it'));
      found.push(part);
    }
    return ok(found);
  });

const madeBefore = (
  { objects }: MemoryBucket,
  key: ObjectKey,
  id: string,
): Result<ObjectMeta, UploadMissing> => {
  const meta = objects.get(key)?.meta;
  return meta?.etag === id ? ok(meta) : err(UPLOAD_MISSING);
};

const byKeyAndId = (a: Upload['meta'], b: { readonly key: string; readonly id: string }): number =>
  inByteOrder(a.key, b.key) || inByteOrder(a.id, b.id);

/** Where a bucket is missing, so are its uploads. */
const orUploadMissing = <E extends { readonly kind: string }>(failure: E | BucketMissing) =>
  failure.kind === 'bucket_missing' ? UPLOAD_MISSING : (failure as Exclude<E, BucketMissing>);

const bytesIn = ({ uploads }: MemoryBucket): number =>
  [...uploads.values()]
    .flatMap(({ parts }) => [...parts.values()])
    .reduce((sum, { bytes }) => sum + bytes.length, 0);

const reading = (store: MemoryBuckets): Pick<MultipartUploads, 'parts' | 'uploads' | 'openBytes'> => ({
  openBytes: (names) =>
    yielding(() => {
      const buckets = names.flatMap((name) => store.buckets.get(name) ?? []);
      return ok(buckets.reduce((sum, bucket) => sum + bytesIn(bucket), 0));
    }),
  parts: (name, key, id, { after = 0, limit }) =>
    within(store, name, (bucket) =>
      open(bucket, key, id).map(({ parts }) => {
        const rest = [...parts.values()]
          .map(({ meta }) => meta)
          .filter(({ number }) => number > after)
          .sort((a, b) => a.number - b.number);
        const page = rest.slice(0, limit);
        return rest.length > limit ? { parts: page, next: page.at(-1)?.number } : { parts: page };
      }),
    ).mapErr(orUploadMissing),
  uploads: (name, { prefix, after, limit }) =>
    within(store, name, ({ uploads }) => {
      const rest = [...uploads.values()]
        .map(({ meta }) => meta)
        .filter(({ key }) => key.startsWith(prefix))
        .filter((meta) => after === undefined || byKeyAndId(meta, after) > 0)
        .sort(byKeyAndId);
      return ok({ uploads: rest.slice(0, limit), more: rest.length > limit });
    }),
});

const writing = (store: MemoryBuckets): Pick<MultipartUploads, 'begin' | 'putPart' | 'abort'> => ({
  begin: (name, key, { contentType, metadata }) =>
    within(store, name, ({ uploads }) => {
      const meta = { id: store.ids.next(), key, startedAt: store.clock.now() };
      uploads.set(meta.id, { meta, described: { contentType, metadata }, parts: new Map() });
      return ok(meta);
    }),
  putPart: (name, key, id, number, body, options) =>
    within(store, name, (bucket) => open(bucket, key, id))
      .andThen(() => received(body, options))
      .andThen((bytes) =>
        within(store, name, (bucket) =>
          open(bucket, key, id).map(({ parts }) => {
            const [etag, modifiedAt] = [store.ids.next(), store.clock.now()];
            const meta = { number, size: bytes.length, etag, modifiedAt };
            parts.set(number, { meta, bytes });
            return meta;
          }),
        ),
      )
      .mapErr(orUploadMissing),
  abort: (name, key, id) =>
    within(store, name, (bucket) =>
      open(bucket, key, id)
        .andTee(() => bucket.uploads.delete(id))
        .map(() => undefined),
    ).mapErr(orUploadMissing),
});

type CompleteFailure = UploadMissing | InvalidPart | TooLarge | PreconditionFailed;

const completed = (
  bucket: MemoryBucket,
  upload: Upload,
  modifiedAt: Instant,
  ...[, , , named, options]: Parameters<MultipartUploads['complete']>
): Result<ObjectMeta, CompleteFailure> =>
  chosen(upload, named).andThen((parts): Result<ObjectMeta, CompleteFailure> => {
    const bytes = Buffer.concat(parts.map((part) => part.bytes));
    const { maxBytes } = options;
    if (bytes.length > maxBytes) return err({ kind: 'object_too_large', maxBytes });
    const { id, key } = upload.meta;
    const meta = { key, size: bytes.length, etag: id, modifiedAt, ...upload.described };
    return placed(bucket, { meta, bytes }, options).andTee(() => bucket.uploads.delete(id));
  });

/** Multipart uploads beside the objects they become. */
export const memoryUploads = (store: MemoryBuckets): MultipartUploads => ({
  ...writing(store),
  ...reading(store),
  complete: (...request) => {
    const [name, key, id] = request;
    return within(store, name, (bucket) => {
      const upload = open(bucket, key, id);
      return upload.isErr()
        ? madeBefore(bucket, key, id)
        : completed(bucket, upload.value, store.clock.now(), ...request);
    });
  },
});
