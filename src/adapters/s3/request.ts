import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { ObjectKey } from '../../domain/storage/object-key.js';
import type { Clock } from '../../ports/shared/clock.js';
import type { UploadJournal } from '../../ports/storage/foreign-stores.js';
import type { ObjectMeta, ObjectStore, PutFailure, PutOptions } from '../../ports/storage/object-store.js';
import type { S3Api } from './client.js';
import { type CallFailure, isRefusedAs, ofBucket } from './failures.js';

/** Bytes and counts at which the ways of putting part. */
export type Limits = {
  /** Up to here a body is taken whole before it is sent, and can be sent again. */
  readonly whole: number;
  /** The most in one request. */
  readonly single: number;
  /** Parts of a body of unknown length; that many of them at most. */
  readonly part: number;
  readonly parts: number;
  /** The least that a part which is streamed holds. */
  readonly streamedPart: number;
  readonly object: number;
};

export type PutDeps = {
  readonly api: S3Api;
  readonly clock: Clock;
  readonly head: ObjectStore['head'];
  readonly journal: UploadJournal;
  readonly limits: Limits;
};
export type Target = { readonly bucket: string; readonly key: ObjectKey; readonly options: PutOptions };
export type PutOutcome = ResultAsync<ObjectMeta, PutFailure>;

export const UNMET: PutFailure = { kind: 'precondition_failed' };
const VERSION = /^[\x21\x23-\x7e]+$/;

/** Without quotes, which AWS does not need and older servers take for a part of the version. */
export const conditionsOf = ({ ifMatch, ifNoneMatch }: PutOptions) => ({
  ...(ifMatch !== undefined && { IfMatch: ifMatch }),
  ...(ifNoneMatch !== undefined && { IfNoneMatch: ifNoneMatch }),
});

export const isConditional = ({ ifMatch, ifNoneMatch }: PutOptions): boolean =>
  ifMatch !== undefined || ifNoneMatch !== undefined;

/** Conditions that no object can meet; `*` would be read as any version. */
export const isImpossible = ({ ifMatch, ifNoneMatch }: PutOptions): boolean =>
  ifMatch !== undefined && (ifNoneMatch !== undefined || ifMatch === '*' || !VERSION.test(ifMatch));

/** A version asked for where nothing is, is as unmet as that of another. */
export const ofPut = (failure: CallFailure): PutFailure =>
  isRefusedAs(failure, 'PreconditionFailed') || isRefusedAs(failure, 'NoSuchKey') ? UNMET : ofBucket(failure);

/** Whether the conditions hold for the version that is there, or for none. */
export const isMet = ({ ifMatch, ifNoneMatch }: PutOptions, etag: string | undefined): boolean =>
  (ifMatch === undefined || ifMatch === etag) && (ifNoneMatch === undefined || etag === undefined);

/** The version that is there now, undefined where nothing is. */
export const versionAt = (
  { head }: PutDeps,
  { bucket, key }: Target,
): ResultAsync<string | undefined, PutFailure> =>
  head(bucket, key)
    .map(({ etag }): string | undefined => etag)
    .orElse((failure) => (failure.kind === 'not_found' ? okAsync(undefined) : errAsync(failure)));
