import type { Context } from 'koa';
import { err, ok, type Result } from 'neverthrow';
import type * as z from 'zod';
import { NOT_FOUND, type NotFound } from '../../../ports/shared/failure.js';
import { readBody, type Taken } from './body.js';
import type { FieldProblem, KitFailure } from './dialect.js';
import { problemsOf, unstorable } from './fields.js';
import type { AnyRoute } from './route.js';
import type { Timing } from './timing.js';

export type Parsed = { readonly request: Readonly<Record<string, unknown>>; readonly bytes?: Buffer };

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;
const KEY_PROBLEM = { field: 'Idempotency-Key', message: 'must be 1 to 255 visible ASCII characters' };

const isIdempotencyKey = (key: string | string[] | undefined): boolean =>
  key === undefined || (typeof key === 'string' && IDEMPOTENCY_KEY.test(key));

type Part = 'query' | 'headers' | 'body';

/** Reads one part by its schema into `request`; what is wrong with it is added to `problems`. */
const take = (
  request: Record<string, unknown>,
  problems: FieldProblem[],
  part: Part,
  schema: z.ZodType,
  raw: unknown,
): void => {
  // Header values cannot hold what this looks for.
  const unfit = part === 'headers' ? [] : unstorable(raw);
  if (unfit.length > 0) return void problems.push(...unfit);
  const parsed = schema.safeParse(raw);
  if (parsed.success) request[part] = parsed.data;
  else problems.push(...problemsOf(parsed.error, part));
};

/** The document and its fields: body, query and headers by the route's schemas. */
export const parse = async <App>(
  route: AnyRoute<App>,
  ctx: Context,
  timing: Timing,
): Promise<Result<Parsed, KitFailure>> => {
  const read = route.body ? await readBody(ctx, route.body, timing) : NO_BODY;
  return read.andThen(({ value, bytes }): Result<Parsed, KitFailure> => {
    const { request, problems } = fieldsOf(route, ctx, value);
    if (problems.length > 0) return err({ kind: 'invalid_request', problems });
    return ok(bytes ? { request, bytes } : { request });
  });
};

const NO_BODY: Result<Taken, KitFailure> = ok({ value: undefined });

const fieldsOf = <App>({ request: shape, body, idempotent }: AnyRoute<App>, ctx: Context, value: unknown) => {
  const problems: FieldProblem[] = [];
  const request: Record<string, unknown> = {};
  if (shape?.query) take(request, problems, 'query', shape.query, { ...ctx.query });
  if (shape?.headers) take(request, problems, 'headers', shape.headers, ctx.headers);
  if (body && 'schema' in body) take(request, problems, 'body', body.schema, value);
  else request['body'] = value;
  if (idempotent && !isIdempotencyKey(ctx.headers['idempotency-key'])) problems.push(KEY_PROBLEM);
  return { request, problems };
};

/** A malformed id names nothing: that is 404, and it never reaches SQL. */
export const parseParams = <App>(
  { request }: AnyRoute<App>,
  raw: Readonly<Record<string, string>>,
): Result<unknown, NotFound> => {
  if (!request?.params) return ok(undefined);
  const parsed = request.params.safeParse(raw);
  return parsed.success && unstorable(raw).length === 0 ? ok(parsed.data) : err(NOT_FOUND);
};
