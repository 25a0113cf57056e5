import { err, ok, okAsync, type Result, type ResultAsync } from 'neverthrow';
import { archiveOf } from '../application/storage/archive.js';
import type { Storage } from '../application/storage/index.js';
import type { Member } from '../domain/shared/principal.js';
import type { Instant } from '../domain/shared/time.js';
import type { Bucket } from '../domain/storage/bucket.js';
import type { ObjectKey } from '../domain/storage/object-key.js';
import { archiveLength, type ZipItem } from '../domain/storage/zip.js';
import type { PackContent, PackShelf, ShelfRefused, ShelfUse } from '../ports/entitlements/pack-shelf.js';
import type { Crc32 } from '../ports/shared/crc32.js';
import { NOT_FOUND, type NotFound, type Unavailable } from '../ports/shared/failure.js';

/** What the bucket is called among those of its workspace. */
export const PACK_BUCKET = 'review-packs';
const PAGE = 100;

type Failure = { readonly kind: string; readonly cause?: unknown };
type Deps = { readonly storage: Storage; readonly crc32: Crc32 };

/** The orderer of a pack, as storage knows people: what is stored is stored on their behalf. */
const memberOf = ({ accountId, userId, at, requestId }: ShelfUse): Member => ({
  accountId,
  userId,
  at,
  requestId,
  address: '127.0.0.1',
  via: { kind: 'session', id: requestId },
  platformAdmin: false,
  role: 'admin',
});

const unavailable = (cause: unknown): Unavailable => ({
  kind: 'unavailable',
  dependency: 'bucket of packs',
  cause,
});

/** States that pass: a bucket that is being made or was changed by somebody else at this moment. */
const PASSING = ['unavailable', 'bucket_not_active', 'stale_version', 'bucket_name_taken'];

const asShelf = (failure: Failure): ShelfRefused | Unavailable =>
  PASSING.includes(failure.kind)
    ? unavailable(failure.cause ?? failure.kind)
    : { kind: 'shelf_refused', reason: failure.kind };

/** The workspace's own bucket of this name, if there is one. */
const found = (
  { storage }: Deps,
  member: Member,
  after?: string,
): ResultAsync<Bucket | undefined, Unavailable> =>
  storage.listBuckets(member, { size: PAGE, after }).andThen(({ items, next }) => {
    const bucket = items.find(({ name }) => name === PACK_BUCKET);
    return bucket !== undefined || next === undefined
      ? okAsync(bucket)
      : found({ storage } as Deps, member, next);
  });

const bucketFor = (deps: Deps, member: Member): ResultAsync<Bucket, ShelfRefused | Unavailable> =>
  found(deps, member).andThen((bucket) =>
    bucket !== undefined
      ? okAsync(bucket)
      : deps.storage
          .createBucket({ name: PACK_BUCKET, region: deps.storage.regions()[0] ?? '' }, member)
          .map((made) => made.bucket)
          .mapErr(asShelf),
  );

const encoder = new TextEncoder();

/** An archive of these files, and how long it is. */
const zipped = (contents: readonly PackContent[], modifiedAt: Instant, crc32: Crc32) => {
  const files = new Map(contents.map(({ name, text }) => [name, encoder.encode(text)]));
  const members = [...files].map(([name, bytes]) => ({
    name,
    size: bytes.length,
    modifiedAt,
    form: 'whole' as const satisfies ZipItem['form'],
    key: name as ObjectKey,
    etag: '',
  }));
  const whole = async ({ name }: ZipItem): Promise<Uint8Array> => files.get(name) ?? new Uint8Array();
  const streamed = async (): Promise<never> => {
    throw new Error('files of packs are whole');
  };
  return { bytes: archiveOf(members, { whole, streamed }, crc32), length: archiveLength(members) };
};

/** Packs lie in buckets like any others: their workspaces see them there, and pay for them. */
export const packShelf = (deps: Deps): PackShelf => ({
  put: (use, key, contents, modifiedAt) => {
    const member = memberOf(use);
    return bucketFor(deps, member).andThen(({ id }) => {
      const { bytes, length } = zipped(contents, modifiedAt, deps.crc32);
      return deps.storage
        .uploadObject(
          {
            container: { kind: 'bucket', id },
            key,
            bytes,
            length,
            contentType: 'application/zip',
            signal: new AbortController().signal,
          },
          member,
        )
        .map(() => ({ bucketId: id, key, size: length }))
        .mapErr(asShelf);
    });
  },
  open: (use, { bucketId, key }) =>
    deps.storage
      .downloadObject({ container: { kind: 'bucket', id: bucketId }, key, recursive: false }, memberOf(use))
      .mapErr((failure): NotFound | Unavailable => (failure.kind === 'unavailable' ? failure : NOT_FOUND))
      .andThen(
        (
          downloaded,
        ): Result<
          { readonly size: number; readonly body: AsyncIterable<Uint8Array>; readonly close: () => void },
          NotFound
        > => {
          if (!('stored' in downloaded)) return err(NOT_FOUND);
          const { meta, body, close } = downloaded.stored;
          return ok({ size: meta.size, body, close });
        },
      ),
});
