import { z } from 'zod';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { BucketMissing, Denied } from '../../ports/storage/object-store.js';

/** The service answered, and what it says depends on what was asked. */
export type Refused = { readonly kind: 'refused'; readonly status: number; readonly message: string };
export type CallFailure = Refused | Denied | Unavailable;

export const BUCKET_MISSING: BucketMissing = { kind: 'bucket_missing' };

const MESSAGE_LENGTH = 300;
const brief = (message: string): string => message.slice(0, MESSAGE_LENGTH);

export const denied = (reason: string): Denied => ({ kind: 'store_denied', reason: brief(reason) });

/** Keeps the words and the code of an error and nothing else: requests hold tokens, and errors may hold requests. */
export const unavailable = (error: unknown): Unavailable => {
  const cause = new Error(brief(error instanceof Error ? error.message : String(error)));
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return {
    kind: 'unavailable',
    dependency: 'gcs',
    cause: Object.assign(cause, code !== undefined && { code }),
  };
};

const ErrorDocument = z.object({
  error: z.object({ message: z.string(), errors: z.array(z.object({ reason: z.string() })).optional() }),
});

/** Media requests are refused in plain text, all others in a document. */
const wordsIn = (text: string): { readonly message: string; readonly reason?: string | undefined } => {
  try {
    const { error } = ErrorDocument.parse(JSON.parse(text));
    return { message: error.message, reason: error.errors?.[0]?.reason };
  } catch {
    return { message: text.trim() };
  }
};

const TOO_OFTEN = new Set(['rateLimitExceeded', 'userRateLimitExceeded', 'quotaExceeded']);
const DEFINITE = new Set([400, 404, 409, 412, 416]);

/** What an answer that is no success means, whatever was asked. */
export const failureOf = (status: number, text: string): CallFailure => {
  const { message, reason } = wordsIn(text);
  if (status === 401) return denied(message);
  if (status === 403 && !TOO_OFTEN.has(reason ?? '')) return denied(message);
  return DEFINITE.has(status) ? { kind: 'refused', status, message } : unavailable(`${status} ${message}`);
};

/** What a refusal means where none was provided for: bad input is for good, anything else may pass. */
export const otherwise = (failure: CallFailure): Denied | Unavailable => {
  if (failure.kind !== 'refused') return failure;
  return failure.status === 400
    ? denied(failure.message)
    : unavailable(`${failure.status} ${failure.message}`);
};

/** For requests that name nothing but a bucket, so that 404 can only mean that. */
export const ofBucket = (failure: CallFailure): BucketMissing | Denied | Unavailable =>
  failure.kind === 'refused' && failure.status === 404 ? BUCKET_MISSING : otherwise(failure);
