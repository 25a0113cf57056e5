import type { ResultAsync } from 'neverthrow';
import type * as z from 'zod';
import type { AccountMember } from '../../../application/accounts/authenticate.js';
import { impossible } from '../../../application/shared/impossible.js';
import type { Container } from '../../../application/storage/place.js';
import type { Guard } from '../kit/guard.js';
import type { App } from './app.js';
import { BucketParams } from './buckets.routes.js';
import { ConnectionParams } from './connections.routes.js';
import { onBucket, onConnection } from './guards.js';

/** What an operation on objects needs to know of where they lie. */
type Operation<R, T, E, Q extends object, Errors extends object> = {
  readonly request: Q;
  readonly run: (app: App, container: Container, asked: R) => ResultAsync<T, E>;
  readonly errors: Errors;
};

/** The operation on the objects of a managed bucket, for those whom `auth` lets in. */
export const inBucket = <R, T, E, Q extends object, Errors extends object>(
  operation: Operation<R, T, E, Q, Errors>,
  auth: Guard<App, AccountMember> = onBucket('member'),
) => ({
  auth,
  request: { params: BucketParams, ...operation.request },
  run: (app: App, request: R & { readonly params: z.output<typeof BucketParams> }) =>
    operation.run(app, { kind: 'bucket', id: request.params.bucket_id }, request),
  errors: { ...operation.errors, forbidden: 403, bucket_not_active: 409 } as const,
});

/** The operation on the objects behind a connection, which has no state in which it cannot be used, and is nobody else's. */
export const inConnection = <
  R,
  T,
  E extends { readonly kind: string },
  Q extends object,
  Errors extends object,
>(
  operation: Operation<R, T, E, Q, Errors>,
  auth: Guard<App, AccountMember> = onConnection('member'),
) => ({
  auth,
  request: { params: ConnectionParams, ...operation.request },
  run: (app: App, request: R & { readonly params: z.output<typeof ConnectionParams> }) =>
    operation
      .run(app, { kind: 'connection', id: request.params.conn_id }, request)
      .mapErr(impossible('bucket_not_active', 'forbidden')),
});
