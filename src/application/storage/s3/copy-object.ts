import { err, ok, type ResultAsync, safeTry } from 'neverthrow';
import type { Bucket } from '../../../domain/storage/bucket.js';
import { objectKey } from '../../../domain/storage/object-key.js';
import type {
  ByteRange,
  Metadata,
  PreconditionFailed,
  RangeUnsatisfiable,
  StoredObject,
  TooLarge,
} from '../../../ports/storage/object-store.js';
import type { StorageDeps } from '../deps.js';
import { bucketObjects } from '../metering/bucket-objects.js';
import type { Objects } from '../objects-in.js';
import { type Conditions, judged } from './conditions.js';

/** What is copied: an object of the same bucket. */
export type Source = {
  readonly key: string;
  readonly conditions: Conditions;
  readonly range?: ByteRange | undefined;
};
/** What is written beside the content of a copy that does not take it over. */
export type Dress = { readonly contentType: string | undefined; readonly metadata: Metadata | undefined };
export type Copy = {
  readonly source: Source;
  readonly key: string;
  /** Undefined: as the source has it. */
  readonly dress: Dress | undefined;
  /** Aborted when whoever asked has left. */
  readonly signal: AbortSignal;
};
/** An object copied to itself as it is would be the same object. */
export type CopyToItself = { readonly kind: 'copy_to_itself' };

const GIB = 1024 ** 3;
/** S3's own limit for one copy; more goes in parts. */
const MAX_COPY_BYTES = 5 * GIB;

const FAILED: PreconditionFailed = { kind: 'precondition_failed' };
const TOO_LARGE: TooLarge = { kind: 'object_too_large', maxBytes: MAX_COPY_BYTES };

/** A reader is content with what there is of a range; a copy that ends early would be another object. */
const refusalOf = (
  { from, to, meta }: StoredObject,
  conditions: Conditions,
  range: ByteRange | undefined,
): PreconditionFailed | TooLarge | RangeUnsatisfiable | undefined => {
  if (judged(conditions, meta) !== 'holds') return FAILED;
  if (to - from >= MAX_COPY_BYTES) return TOO_LARGE;
  const last = range && 'first' in range ? range.last : undefined;
  return last !== undefined && last > to ? { kind: 'range_unsatisfiable', size: meta.size } : undefined;
};

/** The source, opened at the version that was judged. Whoever gets it closes it. */
export const openSource = (objects: Objects, { key, conditions, range }: Source) =>
  safeTry(async function* () {
    const checked = yield* objectKey(key, 'x-amz-copy-source');
    const stored = yield* objects.get(checked, { range });
    const refused = refusalOf(stored, conditions, range);
    if (!refused) return ok(stored);
    stored.close();
    return err<never, PreconditionFailed | TooLarge | RangeUnsatisfiable>(refused);
  });

/** Lets go of the source, however the copy ends. */
export const through = <T, E>(
  stored: StoredObject,
  write: (stored: StoredObject) => ResultAsync<T, E>,
): ResultAsync<T, E> =>
  write(stored)
    .map((written) => {
      stored.close();
      return written;
    })
    .mapErr((failure) => {
      stored.close();
      return failure;
    });

export const lengthOf = ({ from, to }: StoredObject): number => to - from + 1;

/** Streams an object into another one; nothing is seen of it until all is there. */
export const copyObject = (deps: StorageDeps) => (bucket: Bucket, copy: Copy) =>
  safeTry(async function* () {
    const { source, dress, signal } = copy;
    const key = yield* objectKey(copy.key);
    if (source.key === copy.key && !dress) return err<never, CopyToItself>({ kind: 'copy_to_itself' });
    const objects = bucketObjects(deps, bucket);
    const opened = yield* openSource(objects, source);
    const { contentType, metadata } = dress ?? opened.meta;
    const { maxObjectBytes: maxBytes } = deps.settings;
    const options = { length: lengthOf(opened), maxBytes, contentType, metadata, signal };
    return through(opened, ({ body }) => objects.put(key, body, options));
  });
