import { err, errAsync, ok, safeTry } from 'neverthrow';
import type { Member } from '../../domain/shared/principal.js';
import { objectKey, prefix as prefixOf } from '../../domain/storage/object-key.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import type {
  ByteRange,
  Bytes,
  GetOptions,
  ListEntry,
  ObjectMeta,
  PreconditionFailed,
  StoredObject,
} from '../../ports/storage/object-store.js';
import { activeBucket, asNotFound } from './active-bucket.js';
import { type Deleted, deleteFolder } from './delete-folder.js';
import type { StorageDeps } from './deps.js';
import { type Archive, downloadFolder } from './download-folder.js';

export type Folder = {
  readonly prefix: string;
  readonly entries: readonly ListEntry[];
  readonly next?: string | undefined;
};

/** One folder's worth: files, and folders with all that is below them rolled up. */
export const listObjects =
  (deps: StorageDeps) =>
  (input: { bucketId: string; prefix: string; after?: string | undefined; limit: number }, member: Member) =>
    safeTry(async function* () {
      const prefix = yield* prefixOf(input.prefix);
      const bucket = yield* activeBucket(deps, member.accountId, input.bucketId);
      const { after, limit } = input;
      const listing = yield* deps.objects
        .list(bucket.bucketName, { prefix, delimiter: '/', after, limit })
        .mapErr(asNotFound);
      return ok<Folder>({ prefix, ...listing });
    });

export type Upload = {
  readonly bucketId: string;
  readonly key: string;
  readonly bytes: Bytes;
  readonly length: number | undefined;
  readonly contentType: string | undefined;
  readonly signal: AbortSignal;
  /** Replace this version only. */
  readonly ifMatch?: string | undefined;
  /** Create only. */
  readonly ifNoneMatch?: '*' | undefined;
};

/** Whole or not at all: a body that breaks off leaves what was there before. */
export const uploadObject = (deps: StorageDeps) => (input: Upload, member: Member) =>
  safeTry(async function* () {
    const key = yield* objectKey(input.key);
    const bucket = yield* activeBucket(deps, member.accountId, input.bucketId);
    const { length, contentType, signal, ifMatch, ifNoneMatch } = input;
    const maxBytes = deps.settings.maxObjectBytes;
    const options = { length, contentType, signal, maxBytes, ifMatch, ifNoneMatch };
    const meta = yield* deps.objects.put(bucket.bucketName, key, input.bytes, options).mapErr(asNotFound);
    return ok(meta);
  });

export type Download = {
  readonly bucketId: string;
  readonly key: string;
  readonly recursive: boolean;
  readonly range?: ByteRange | undefined;
  /** Send this version only. */
  readonly ifMatch?: string | undefined;
  /** The range holds only for this version; otherwise all of the current one is sent (RFC 9110 13.1.5). */
  readonly ifRange?: string | undefined;
  /** Versions the client has: a match sends nothing. `*` matches any. */
  readonly ifNoneMatch?: readonly string[] | undefined;
};
export type Downloaded =
  | { readonly notModified: ObjectMeta }
  | { readonly stored: StoredObject }
  | { readonly archive: Archive };

/** One object, or with `recursive` a folder as an archive. */
export const downloadObject = (deps: StorageDeps) => (input: Download, member: Member) =>
  safeTry(async function* () {
    return ok<Downloaded>(
      input.recursive ? yield* archived(deps, input, member) : yield* single(deps, input, member),
    );
  });

/** An archive is made for this answer alone: no client can have a version of it. */
const archived = (deps: StorageDeps, input: Download, member: Member) =>
  input.ifMatch === undefined
    ? downloadFolder(deps)(input, member).map((archive): Downloaded => ({ archive }))
    : errAsync<never, PreconditionFailed>({ kind: 'precondition_failed' });

const single = (deps: StorageDeps, input: Download, member: Member) =>
  safeTry(async function* () {
    const key = yield* objectKey(input.key);
    const bucket = yield* activeBucket(deps, member.accountId, input.bucketId);
    const current = needsCurrent(input)
      ? yield* deps.objects.head(bucket.bucketName, key).mapErr(asNotFound)
      : undefined;
    if (current && isFresh(input, current)) return ok<Downloaded>({ notModified: current });
    const stored = yield* deps.objects.get(bucket.bucketName, key, partOf(input, current)).mapErr(asNotFound);
    return ok<Downloaded>({ stored });
  });

const needsCurrent = ({ ifNoneMatch, ifRange }: Download): boolean =>
  ifNoneMatch !== undefined || ifRange !== undefined;

const isFresh = ({ ifNoneMatch }: Download, { etag }: ObjectMeta): boolean =>
  ifNoneMatch?.some((known) => known === '*' || known === etag) ?? false;

const partOf = ({ range, ifRange, ifMatch }: Download, current: ObjectMeta | undefined): GetOptions =>
  ifRange !== undefined && ifRange !== current?.etag ? { ifMatch } : { ifMatch, range };

/** Deleting what is not there is success, as in S3. */
export const deleteObject =
  (deps: StorageDeps) => (input: { bucketId: string; key: string; recursive: boolean }, member: Member) =>
    safeTry(async function* () {
      if (input.recursive) return ok(yield* deleteFolder(deps)(input, member));
      const key = yield* objectKey(input.key);
      const bucket = yield* activeBucket(deps, member.accountId, input.bucketId);
      const [refused] = yield* deps.objects.deleteMany(bucket.bucketName, [key]).mapErr(asNotFound);
      if (refused) return err(refusedBy(refused.reason));
      return ok<Deleted>({ goesOn: false });
    });

const refusedBy = (cause: string): Unavailable => ({
  kind: 'unavailable',
  dependency: 'object store',
  cause,
});
