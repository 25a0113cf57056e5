import * as z from 'zod';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { BucketFailure, BucketMissing, Denied } from '../../ports/storage/object-store.js';

export const BUCKET_MISSING: BucketMissing = { kind: 'bucket_missing' };

/** The store answered, and what that means depends on what it was asked. */
export type Refused = {
  readonly kind: 'refused';
  readonly status: number;
  readonly code: string;
  readonly reason: string;
};
export type CallFailure = Refused | Unavailable;
type Scrub = (text: string) => string;

/** The words and the code of an error, and nothing else: errors of the SDK may hold the request. */
export const unavailable = (words: string, code?: unknown): Unavailable => ({
  kind: 'unavailable',
  dependency: 's3',
  cause: Object.assign(new Error(words), code !== undefined && { code }),
});

const Answered = z.object({
  name: z.string(),
  message: z.string().optional(),
  $metadata: z.object({ httpStatusCode: z.number(), clockSkewCorrected: z.boolean().optional() }),
});

const SKEWED = 'RequestTimeTooSkewed';
/** Refusals that say nothing of what was asked: the same may be granted a moment later. */
const PASSING = new Set([
  'ConditionalRequestConflict',
  'OperationAborted',
  'RequestTimeout',
  'SlowDown',
  'TooManyRequests',
]);

const wordsOf = (code: string, message: string): string =>
  message === '' || message === 'UnknownError' || message === code ? code : `${code}: ${message}`;

/** What the SDK threw: a refusal of the store's, or that none could be had. */
export const failureOf = (error: unknown, scrub: Scrub): CallFailure => {
  const answered = Answered.safeParse(error);
  if (!answered.success) {
    const { message, code } = error as { readonly message?: unknown; readonly code?: unknown };
    return unavailable(scrub(String(message ?? error)), code);
  }
  const { name, message = '', $metadata } = answered.data;
  const { httpStatusCode: status, clockSkewCorrected: skewed = false } = $metadata;
  const code = skewed ? SKEWED : name;
  // HEAD has no words for its refusals.
  const reason = scrub(name === 'Unknown' ? `the store answered ${status}` : wordsOf(code, message));
  return { kind: 'refused', status, code, reason };
};

export const isSkewed = (failure: CallFailure): boolean =>
  failure.kind === 'refused' && failure.code === SKEWED;

/** The store failed, or had no time: no word on what it was asked. */
export const isPassing = (failure: CallFailure): boolean => {
  if (failure.kind !== 'refused') return true;
  const { status, code } = failure;
  return status < 300 || status >= 500 || status === 408 || status === 429 || PASSING.has(code);
};

export const isRefusedAs = (failure: CallFailure, code: string): boolean =>
  failure.kind === 'refused' && failure.code === code;

/** What a refusal means where none was provided for: it stands until rights or settings change. */
export const otherwise = (failure: CallFailure): Denied | Unavailable => {
  if (failure.kind !== 'refused') return failure;
  if (isSkewed(failure)) return unavailable('the clocks of the store and of this host differ too much');
  return isPassing(failure)
    ? unavailable(`${failure.status} ${failure.reason}`)
    : { kind: 'store_denied', reason: failure.reason };
};

export const ofBucket = (failure: CallFailure): BucketFailure =>
  isRefusedAs(failure, 'NoSuchBucket') ? BUCKET_MISSING : otherwise(failure);
