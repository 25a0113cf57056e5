import { err, errAsync, ok, okAsync, safeTry } from 'neverthrow';
import type { Member } from '../../domain/shared/principal.js';
import { type ObjectKey, objectKey, prefix as prefixOf } from '../../domain/storage/object-key.js';
import type {
  ByteRange,
  Bytes,
  Denied,
  GetOptions,
  ListEntry,
  ObjectMeta,
  PreconditionFailed,
  StoredObject,
} from '../../ports/storage/object-store.js';
import type { Insider } from './active-bucket.js';
import { type Deleted, deleteFolder } from './delete-folder.js';
import type { StorageDeps } from './deps.js';
import { type Archive, downloadFolder } from './download-folder.js';
import type { Objects } from './objects-in.js';
import { asNotFound, type Container, placeFor } from './place.js';
import { type Expectation, verified } from './verified.js';

export type Folder = {
  readonly prefix: string;
  readonly entries: readonly ListEntry[];
  readonly next?: string | undefined;
};

/** One folder's worth: files, and folders with all that is below them rolled up. */
export const listObjects =
  (deps: StorageDeps) =>
  (
    input: { container: Container; prefix: string; after?: string | undefined; limit: number },
    member: Member,
  ) =>
    safeTry(async function* () {
      const prefix = yield* prefixOf(input.prefix);
      const { objects } = yield* placeFor(deps, member, input.container, 'read', prefix, 'prefix');
      const { after, limit } = input;
      const listing = yield* objects.list({ prefix, delimiter: '/', after, limit }).mapErr(asNotFound);
      return ok<Folder>({ prefix, ...listing });
    });

export type Upload = {
  readonly container: Container;
  readonly key: string;
  readonly bytes: Bytes;
  readonly length: number | undefined;
  readonly contentType: string | undefined;
  readonly signal: AbortSignal;
  /** Replace this version only. */
  readonly ifMatch?: string | undefined;
  /** Create only. */
  readonly ifNoneMatch?: '*' | undefined;
  /** What the sender says its bytes come to. */
  readonly checksums?: readonly Expectation[] | undefined;
};

/** Whole or not at all: a body that breaks off leaves what was there before. */
export const uploadObject = (deps: StorageDeps) => (input: Upload, insider: Insider) =>
  objectKey(input.key).asyncAndThen((key) =>
    placeFor(deps, insider, input.container, 'write', key).andThen(({ objects }) => {
      const { length, contentType, signal, ifMatch, ifNoneMatch, checksums = [] } = input;
      const maxBytes = deps.settings.maxObjectBytes;
      const options = { length, contentType, signal, maxBytes, ifMatch, ifNoneMatch };
      const { bytes, mismatch } = verified(input.bytes, checksums, deps.checksums);
      return objects.put(key, bytes, options).mapErr((failure) => mismatch() ?? asNotFound(failure));
    }),
  );

type Conditions = {
  readonly range?: ByteRange | undefined;
  /** Send this version only. */
  readonly ifMatch?: string | undefined;
  /** The range holds only for this version; otherwise all of the current one is sent (RFC 9110 13.1.5). */
  readonly ifRange?: string | undefined;
  /** Versions the client has: a match sends nothing. `*` matches any. */
  readonly ifNoneMatch?: readonly string[] | undefined;
};
export type Download = Conditions & {
  readonly container: Container;
  readonly key: string;
  readonly recursive: boolean;
};
export type Downloaded =
  | { readonly notModified: ObjectMeta }
  | { readonly stored: StoredObject }
  | { readonly archive: Archive };

/** One object, or with `recursive` a folder as an archive. */
export const downloadObject = (deps: StorageDeps) => (input: Download, member: Member) =>
  okAsync(input).andThen((asked) =>
    asked.recursive ? archived(deps, asked, member) : downloadSingle(deps, asked, member),
  );

/** An archive is made for this answer alone: no client can have a version of it. */
const archived = (deps: StorageDeps, input: Download, member: Member) =>
  input.ifMatch === undefined
    ? downloadFolder(deps)(input, member).map((archive): Downloaded => ({ archive }))
    : errAsync<never, PreconditionFailed>({ kind: 'precondition_failed' });

/** One object. */
export const downloadSingle = (deps: StorageDeps, input: Omit<Download, 'recursive'>, insider: Insider) =>
  objectKey(input.key).asyncAndThen((key) =>
    placeFor(deps, insider, input.container, 'read', key).andThen(({ objects }) =>
      needsCurrent(input)
        ? objects
            .head(key)
            .mapErr(asNotFound)
            .andThen((current) =>
              isFresh(input, current)
                ? okAsync<Downloaded>({ notModified: current })
                : fetched(objects, key, input, current),
            )
        : fetched(objects, key, input),
    ),
  );

const fetched = (objects: Objects, key: ObjectKey, conditions: Conditions, current?: ObjectMeta) =>
  objects
    .get(key, partOf(conditions, current))
    .mapErr(asNotFound)
    .map((stored): Downloaded => ({ stored }));

const needsCurrent = ({ ifNoneMatch, ifRange }: Conditions): boolean =>
  ifNoneMatch !== undefined || ifRange !== undefined;

const isFresh = ({ ifNoneMatch }: Conditions, { etag }: ObjectMeta): boolean =>
  ifNoneMatch?.some((known) => known === '*' || known === etag) ?? false;

const partOf = ({ range, ifRange, ifMatch }: Conditions, current: ObjectMeta | undefined): GetOptions =>
  ifRange !== undefined && ifRange !== current?.etag ? { ifMatch } : { ifMatch, range };

/** Deleting what is not there is success, as in S3. */
export const deleteObject =
  (deps: StorageDeps) => (input: { container: Container; key: string; recursive: boolean }, member: Member) =>
    safeTry(async function* () {
      if (input.recursive) return ok(yield* deleteFolder(deps)(input, member));
      const key = yield* objectKey(input.key);
      const { objects } = yield* placeFor(deps, member, input.container, 'write', key);
      const [refused] = yield* objects.deleteMany([key]).mapErr(asNotFound);
      if (refused) return err<never, Denied>({ kind: 'store_denied', reason: refused.reason });
      return ok<Deleted>({ goesOn: false });
    });
