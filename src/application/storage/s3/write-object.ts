import { err, errAsync, ok, okAsync, ResultAsync, safeTry } from 'neverthrow';
import type { Bucket } from '../../../domain/storage/bucket.js';
import { type ObjectKey, objectKey } from '../../../domain/storage/object-key.js';
import type {
  BodyMismatch,
  Bytes,
  Metadata,
  PreconditionFailed,
  TooLarge,
} from '../../../ports/storage/object-store.js';
import type { StorageDeps } from '../deps.js';
import { bucketObjects } from '../metering/bucket-objects.js';
import type { Objects } from '../objects-in.js';
import { type ChecksumMismatch, type Expectation, verified } from '../verified.js';

/** A body on its way, with all that its sender says of it. */
export type SentBody<F> = {
  readonly bytes: Bytes;
  readonly length: number;
  readonly signal: AbortSignal;
  readonly expectations: readonly Expectation[];
  /** Set once `bytes` has broken off by itself, or its sender was given up: why. */
  readonly refused: () => F | undefined;
};

/**
 * Hands a body to a store that keeps nothing of a body that breaks off. What came out wrong about the body says
 * more than the store, who only knows that it ended early.
 */
export const keepVerified = <T, E, F>(
  { checksums }: Pick<StorageDeps, 'checksums'>,
  body: SentBody<F>,
  keep: (bytes: Bytes) => ResultAsync<T, E>,
): ResultAsync<T, E | F | ChecksumMismatch> => {
  const { bytes, mismatch } = verified(body.bytes, body.expectations, checksums);
  return keep(bytes).mapErr((failure) => body.refused() ?? mismatch() ?? failure);
};

/** Refused before it is sent, and not after. */
const fits = (
  { settings: { maxObjectBytes: maxBytes } }: StorageDeps,
  length: number,
): ResultAsync<void, TooLarge> =>
  length > maxBytes ? errAsync({ kind: 'object_too_large', maxBytes }) : okAsync(undefined);

export type Put<F> = {
  readonly key: string;
  readonly body: SentBody<F>;
  readonly contentType: string | undefined;
  readonly metadata: Metadata | undefined;
  /** Only create. */
  readonly ifNoneMatch: '*' | undefined;
  /** Only replace this version; `*`: any there is. */
  readonly ifMatch: string | undefined;
};

const FAILED: PreconditionFailed = { kind: 'precondition_failed' };

/** The one version that may be replaced. What fails now fails before the body is sent; the store judges again. */
const replaced = (objects: Objects, key: ObjectKey, { ifMatch, ifNoneMatch }: Put<unknown>) => {
  if (ifMatch === undefined && ifNoneMatch === undefined) return okAsync(undefined);
  return objects
    .head(key)
    .map(({ etag }): string | undefined => etag)
    .orElse((failure) => (failure.kind === 'not_found' ? ok(undefined) : err(failure)))
    .andThen((etag) => {
      const held = etag === undefined ? ifMatch === undefined : ifNoneMatch === undefined;
      if (!held || (ifMatch !== undefined && ifMatch !== '*' && ifMatch !== etag)) return err(FAILED);
      return ok(ifMatch === undefined ? undefined : etag);
    });
};

/** Nothing is stored unless all of the body came, and is what its sender says. */
export const putObject =
  (deps: StorageDeps) =>
  <F>(bucket: Bucket, put: Put<F>) =>
    safeTry(async function* () {
      const { body, contentType, metadata, ifNoneMatch } = put;
      const key = yield* objectKey(put.key);
      yield* fits(deps, body.length);
      const objects = bucketObjects(deps, bucket);
      const ifMatch = yield* replaced(objects, key, put);
      const { length, signal } = body;
      const { maxObjectBytes: maxBytes } = deps.settings;
      const options = { length, signal, maxBytes, contentType, metadata, ifMatch, ifNoneMatch };
      return keepVerified(deps, body, (bytes) => objects.put(key, bytes, options));
    });

/** All of a small body, as a document. */
export const readDocument =
  (deps: StorageDeps) =>
  <F>(body: SentBody<F>, maxBytes: number) =>
    keepVerified(deps, body, (bytes) =>
      body.length > maxBytes
        ? errAsync<Uint8Array, TooLarge | BodyMismatch>({ kind: 'object_too_large', maxBytes })
        : collected(bytes, body.length),
    );

const collected = (bytes: Bytes, length: number): ResultAsync<Uint8Array, TooLarge | BodyMismatch> =>
  ResultAsync.fromThrowable(
    async () => {
      const whole = new Uint8Array(length);
      let size = 0;
      for await (const chunk of bytes) {
        if (size + chunk.byteLength > length) throw new Error('more than was announced');
        whole.set(chunk, size);
        size += chunk.byteLength;
      }
      if (size < length) throw new Error('less than was announced');
      return whole;
    },
    (cause): BodyMismatch => ({
      kind: 'body_mismatch',
      reason: cause instanceof Error ? cause.message : 'it broke off',
    }),
  )();
