import type Router from '@koa/router';
import type { Context } from 'koa';
import { err, type Result, ResultAsync } from 'neverthrow';
import type { Visit } from '../../../domain/shared/principal.js';
import type { RateLimits } from '../../../ports/shared/rate-limits.js';
import type { Failure } from '../kit/dialect.js';
import { TIMING, type Timing } from '../kit/timing.js';
import { type Admitted, admit } from './admit.js';
import { utf8Of } from './dress.js';
import { dialect, failure, type S3Failure } from './errors.js';
import { type Operation, operationFor } from './operations.js';
import { type Body, sentBody } from './payload/body.js';
import { refusedHeader } from './refused-headers.js';
import type { S3Reply } from './reply.js';
import type { S3App, S3Request } from './request.js';
import { refuse, send } from './send.js';
import type { Headers } from './signing/presented.js';
import { type Target, targetOf } from './target.js';

export type S3Options = {
  readonly app: S3App;
  readonly limits: RateLimits<'requests'>;
  readonly strict: boolean;
  readonly report: (problem: string) => void;
  readonly stopping: AbortSignal;
  readonly timing?: Partial<Timing>;
};
type Mounted = Omit<S3Options, 'timing'> & { readonly timing: Timing };

const METHODS = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'];

/** `/s3` and all below it: which operation is meant, the address does not tell alone. */
export const mountS3 = (router: Router, options: S3Options): void => {
  const mounted: Mounted = { ...options, timing: { ...TIMING, ...options.timing } };
  router.register(/^\/s3(?:\/.*)?$/, METHODS, handler(mounted), { name: 's3', pathAsRegExp: true });
};

const handler = (mounted: Mounted) => async (ctx: Context) => {
  ctx.state['dialect'] = dialect;
  ctx.state['operationId'] = 's3.Unknown';
  const visit = ctx.state['visit'] as Visit;
  ctx.set('x-amz-request-id', visit.requestId);
  const answered = await answer(mounted, ctx, visit);
  const options = { ...mounted, operationId: String(ctx.state['operationId']) };
  const refused: Failure | undefined = answered.isErr()
    ? answered.error
    : await send(ctx, answered.value, options);
  if (refused) refuse(ctx, refused, options);
};

/** By the letters of the address alone, for the log; what is not signed is refused all the same. */
const operationOf = (ctx: Context, target: Target, headers: Headers): Operation | undefined => {
  const { method } = ctx;
  const { level, query } = target;
  const operation = operationFor({ method, level, query, header: headerOf(headers, target) });
  if (operation) ctx.state['operationId'] = `s3.${operation.name}`;
  return operation;
};

const answer = async (mounted: Mounted, ctx: Context, visit: Visit): Promise<Result<S3Reply, S3Failure>> => {
  const parsed = targetOf(ctx.req.url ?? '');
  if (parsed.isErr()) return err(parsed.error);
  const target = parsed.value;
  const headers = headersOf(ctx);
  const operation = operationOf(ctx, target, headers);
  const { method } = ctx;
  const admitted = await admit(mounted.app, { method, target, headers, at: visit.at }).orElse(
    counted(mounted, visit),
  );
  if (admitted.isErr()) return err(admitted.error);
  const { bucket } = admitted.value;
  const identity = `s3 ${bucket.accessKeyId}`;
  ctx.state['identity'] = identity;
  const allowed = await mounted.limits.consume('requests', identity);
  if (allowed.isErr()) return err(allowed.error);
  if (target.level !== 'service' && target.bucket !== bucket.bucketName) return err(failure('other_bucket'));
  if (bucket.status !== 'active') return err(failure('bucket_not_active', `It is ${bucket.status}.`));
  if (!operation) return err(failure('not_implemented'));
  const request = requestOf(mounted, ctx, target, headers, admitted.value);
  const unserved = refusedHeader(request);
  return unserved
    ? err(unserved)
    : mounted.app.s3.refusalsOnRecord(bucket, visit, operation.run(mounted.app, request));
};

/** Who has proven nothing is counted by network address, and beyond the limit is told no more than that. */
const counted =
  ({ limits }: Mounted, { address }: Visit) =>
  (refused: S3Failure): ResultAsync<Admitted, S3Failure> =>
    limits.consume('requests', `address:${address}`).andThen(() => err(refused));

/** Each as text, as its sender signed it. */
const headersOf = ({ req }: Context): Headers =>
  Object.fromEntries(Object.entries(req.headers).map(([name, value]) => [name, utf8Of(String(value))]));

/** Presigned addresses carry in their query what a client could not be made to send. */
const hoisted = ({ query }: Target): ReadonlyMap<string, string> =>
  query.has('X-Amz-Signature')
    ? new Map(
        [...query]
          .map(([name, [value = '']]) => [name.toLowerCase(), value] as const)
          .filter(([name]) => name.startsWith('x-amz-')),
      )
    : new Map();

const headerOf = (headers: Headers, target: Target): S3Request['header'] => {
  const inAddress = hoisted(target);
  return (name) => headers[name] ?? inAddress.get(name);
};

const requestOf = (
  { timing }: Mounted,
  ctx: Context,
  target: Target,
  headers: Headers,
  { bucket, signing, payload }: Admitted,
): S3Request => {
  const header = headerOf(headers, target);
  const gone = new AbortController();
  ctx.res.once('close', () => gone.abort(new Error('the client left')));
  return {
    bucket,
    method: ctx.method,
    target,
    query: target.query,
    key: target.key,
    header,
    headerNames: [...new Set([...Object.keys(headers), ...hoisted(target).keys()])],
    body: () => new ResultAsync<Body, S3Failure>(sentBody({ ctx, timing, payload, signing, header })),
    gone: gone.signal,
  };
};
