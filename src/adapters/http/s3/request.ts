import type { ResultAsync } from 'neverthrow';
import type { S3 } from '../../../application/storage/s3/s3.js';
import type { Bucket } from '../../../domain/storage/bucket.js';
import type { PageTokens } from '../../../ports/shared/page-tokens.js';
import type { S3Failure } from './errors.js';
import type { Body } from './payload/body.js';
import type { S3Reply } from './reply.js';
import type { Query, Target } from './target.js';

/** What the operations call. */
export type S3App = { readonly s3: S3; readonly pages: PageTokens };

/** A request whose signature holds, for the bucket that its key opens. */
export type S3Request = {
  readonly bucket: Bucket;
  readonly method: string;
  readonly target: Target;
  readonly query: Query;
  readonly key: string;
  /** A header, or what a presigned address says in its place. */
  readonly header: (name: string) => string | undefined;
  /** Names of all headers, in lower case. */
  readonly headerNames: readonly string[];
  /** The content of the body, held to all that was said of it. */
  readonly body: () => ResultAsync<Body, S3Failure>;
  /** Aborted when whoever asked has left. */
  readonly gone: AbortSignal;
};

export type Run = (app: S3App, request: S3Request) => ResultAsync<S3Reply, S3Failure>;
