import { createHash } from 'node:crypto';
import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { ForeignStore, OpenUpload } from '../../ports/storage/foreign-stores.js';
import type { PutFailure } from '../../ports/storage/object-store.js';
import type { S3Api } from './client.js';
import { type CallFailure, isPassing, isRefusedAs, otherwise, unavailable } from './failures.js';
import { described, etagOf } from './meta.js';
import {
  conditionsOf,
  isConditional,
  isMet,
  ofPut,
  type PutDeps,
  type PutOutcome,
  type Target,
  UNMET,
  versionAt,
} from './request.js';

export type Part = { readonly PartNumber: number; readonly ETag: string };
export type Sent = { readonly parts: readonly Part[]; readonly size: number };

/** Repeatable: an upload that is gone, or whose bucket is, is success. */
export const abortUploadS3 =
  (api: S3Api): ForeignStore['abortUpload'] =>
  ({ bucket, key, uploadId }) =>
    api((s3) => s3.abortMultipartUpload({ Bucket: bucket, Key: key, UploadId: uploadId }))
      .map(() => undefined)
      .orElse((failure) =>
        isRefusedAs(failure, 'NoSuchUpload') || isRefusedAs(failure, 'NoSuchBucket')
          ? okAsync(undefined)
          : errAsync(otherwise(failure)),
      );

/** What fails here is left to whoever reaps: to it, an upload that is gone is one that is done. */
export const ended = ({ journal }: PutDeps, upload: OpenUpload): ResultAsync<void, never> =>
  journal.ended(upload).orElse(() => okAsync(undefined));

/** Takes the upload out of the store and then out of the journal, or leaves it to whoever reaps. */
export const abandon = ({ api, journal }: PutDeps, upload: OpenUpload): ResultAsync<void, never> =>
  abortUploadS3(api)(upload)
    .orTee(() => journal.left(upload))
    .andThen(() => journal.ended(upload))
    .orElse(() => okAsync(undefined));

export const begin = (deps: PutDeps, { bucket, key, options }: Target): ResultAsync<OpenUpload, PutFailure> =>
  deps
    .api((s3) => s3.createMultipartUpload({ Bucket: bucket, Key: key, ...described(options) }))
    .mapErr(ofPut)
    .andThen(({ UploadId = '' }) => {
      const upload = { bucket, key, uploadId: UploadId };
      return deps.journal
        .begun(upload)
        .map(() => upload)
        .orElse((failure) => abandon(deps, upload).andThen(() => errAsync(failure)));
    });

/** Stores judge conditions at completion only from some version on; here they are judged just before, too. */
export const admitted = (deps: PutDeps, target: Target): ResultAsync<void, PutFailure> =>
  isConditional(target.options)
    ? versionAt(deps, target).andThen((etag) =>
        isMet(target.options, etag) ? okAsync(undefined) : errAsync(UNMET),
      )
    : okAsync(undefined);

const MD5 = /^[0-9a-f]{32}$/i;
/** The version that S3 gives to what was made of these parts; undefined where parts have other versions than MD5s. */
export const etagOfParts = (etags: readonly string[]): string | undefined => {
  if (!etags.every((etag) => MD5.test(etag))) return undefined;
  const bytes = Buffer.concat(etags.map((etag) => Buffer.from(etag, 'hex')));
  return `${createHash('md5').update(bytes).digest('hex')}-${etags.length}`;
};

/** Whether an answer to the completion leaves open what became of it. */
const isOpen = (failure: CallFailure): boolean => isPassing(failure) || isRefusedAs(failure, 'NoSuchUpload');

/** After this nothing can become of the upload any more, so the object under the key tells what did. */
const decided = (
  deps: PutDeps,
  upload: OpenUpload,
  { parts, size }: Sent,
  failure: CallFailure,
): PutOutcome => {
  const etag = etagOfParts(parts.map(({ ETag }) => etagOf(ETag)));
  return abandon(deps, upload).andThen(() =>
    deps
      .head(upload.bucket, upload.key)
      .mapErr(() => ofPut(failure))
      .andThen((meta) =>
        meta.size === size && meta.etag === etag ? okAsync(meta) : errAsync(ofPut(failure)),
      ),
  );
};

/** The object is what the store then shows: what it says at completion differs from store to store. */
const shown = ({ head }: PutDeps, { bucket, key }: OpenUpload): PutOutcome =>
  head(bucket, key).mapErr((failure) =>
    failure.kind === 'not_found' ? unavailable('the object was gone when its upload had ended') : failure,
  );

/** Makes the object of its parts. An upload that failed is the caller's to abandon. */
export const complete = (deps: PutDeps, target: Target, upload: OpenUpload, sent: Sent): PutOutcome => {
  const { bucket, key, uploadId } = upload;
  const completed = deps.api((s3) =>
    s3.completeMultipartUpload({
      Bucket: bucket,
      Key: key,
      UploadId: uploadId,
      MultipartUpload: { Parts: [...sent.parts] },
      ...conditionsOf(target.options),
    }),
  );
  return completed
    .map(() => shown(deps, upload))
    .orElse((failure) =>
      okAsync(isOpen(failure) ? decided(deps, upload, sent, failure) : errAsync(ofPut(failure))),
    )
    .andThen((outcome) => outcome);
};
