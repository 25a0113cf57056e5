import { errAsync, ok, okAsync, ResultAsync } from 'neverthrow';
import { archiveOf } from '../application/storage/archive.js';
import type { Storage } from '../application/storage/index.js';
import type { PackFile } from '../domain/entitlements/pack.js';
import type { Member } from '../domain/shared/principal.js';
import type { Instant } from '../domain/shared/time.js';
import type { Bucket } from '../domain/storage/bucket.js';
import { PACK_BUCKET } from '../domain/storage/kept-bucket.js';
import type { ObjectKey } from '../domain/storage/object-key.js';
import { archiveLength, type ZipItem } from '../domain/storage/zip.js';
import type {
  PackAltered,
  PackContent,
  PackShelf,
  ShelfRefused,
  ShelfUse,
} from '../ports/entitlements/pack-shelf.js';
import type { Checksums } from '../ports/shared/checksums.js';
import type { Crc32 } from '../ports/shared/crc32.js';
import { NOT_FOUND, type NotFound, type Unavailable } from '../ports/shared/failure.js';
import type { StoredObject } from '../ports/storage/object-store.js';

const PAGE = 100;

type Failure = { readonly kind: string; readonly cause?: unknown };
type Deps = {
  readonly storage: Pick<Storage, 'listBuckets' | 'regions' | 'keep'>;
  readonly crc32: Crc32;
  readonly checksums: Checksums;
};

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
      : deps.storage.keep
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

/** The same bytes; `sum` is theirs when all have passed. */
const summed = (bytes: AsyncIterable<Uint8Array>, checksums: Checksums) => {
  const running = checksums('sha256');
  const passing = (async function* () {
    for await (const chunk of bytes) {
      running.update(chunk);
      yield chunk;
    }
  })();
  return { bytes: passing, sum: running.digest };
};

const sumOf = ({ body }: StoredObject, checksums: Checksums): ResultAsync<string, Unavailable> => {
  const { bytes, sum } = summed(body, checksums);
  const drained = async (): Promise<string> => {
    for await (const _chunk of bytes);
    return sum();
  };
  return ResultAsync.fromPromise(drained(), unavailable);
};

const ALTERED: PackAltered = { kind: 'pack_altered' };

const stored = (
  { storage }: Deps,
  member: Member,
  { bucketId, key }: PackFile,
  ifMatch?: string,
): ResultAsync<StoredObject, NotFound | PackAltered | Unavailable> =>
  storage.keep
    .open({ container: { kind: 'bucket', id: bucketId }, key, ifMatch }, member)
    .mapErr((failure): NotFound | PackAltered | Unavailable => {
      if (failure.kind === 'unavailable') return failure;
      return failure.kind === 'precondition_failed' ? ALTERED : NOT_FOUND;
    })
    .andThen((downloaded) => ('stored' in downloaded ? ok(downloaded.stored) : errAsync(NOT_FOUND)));

/** Packs lie in a bucket of their workspace, which sees it there, and pays for it; nobody but this writes to it. */
export const packShelf = (deps: Deps): PackShelf => ({
  put: (use, key, contents, modifiedAt) => {
    const member = memberOf(use);
    return bucketFor(deps, member).andThen(({ id }) => {
      const archive = zipped(contents, modifiedAt, deps.crc32);
      const { bytes, sum } = summed(archive.bytes, deps.checksums);
      const container = { kind: 'bucket', id } as const;
      const contentType = 'application/zip';
      const { signal } = new AbortController();
      return deps.storage.keep
        .put({ container, key, bytes, length: archive.length, contentType, signal }, member)
        .map((): PackFile => ({ bucketId: id, key, size: archive.length, sha256: sum() }))
        .mapErr(asShelf);
    });
  },
  // Read twice: what was sent cannot be taken back when its last byte shows that it is another.
  open: (use, file) => {
    const member = memberOf(use);
    return stored(deps, member, file)
      .andThen((first) => sumOf(first, deps.checksums).map((sum) => ({ sum, etag: first.meta.etag })))
      .andThen(({ sum, etag }) =>
        sum === file.sha256 ? stored(deps, member, file, etag) : errAsync(ALTERED),
      )
      .map(({ meta, body, close }) => ({ size: meta.size, body, close }));
  },
});
