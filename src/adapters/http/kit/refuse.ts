import type { Context } from 'koa';
import type { Visit } from '../../../domain/shared/principal.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import type { Dialect, Failure } from './dialect.js';
import { type AnyRoute, COMMON_FAILURES, type FailureStatus } from './route.js';
import { writeRefusal } from './send.js';

const KIT_STATUSES: Readonly<Record<string, FailureStatus>> = {
  ...COMMON_FAILURES,
  unauthenticated: 401,
  body_too_large: 413,
  forbidden: 403,
  not_found: 404,
};

const statusOf = <App>(route: AnyRoute<App>, dialect: Dialect, kind: string): number => {
  if (kind === 'malformed_document') return route.refusals?.document ?? dialect.statuses.document;
  if (kind === 'invalid_request') return route.refusals?.fields ?? dialect.statuses.fields;
  return route.errors[kind] ?? KIT_STATUSES[kind] ?? 500;
};

/** What the status alone does not say (RFC 9110 sections 10.2.3, 11.6.1 and 14.4). */
const hints = (status: number, failure: Failure): Readonly<Record<string, string>> => {
  if (status === 401)
    return { 'WWW-Authenticate': 'challenge' in failure ? String(failure.challenge) : 'Bearer' };
  if ('retryAfterSeconds' in failure) return { 'Retry-After': String(failure.retryAfterSeconds) };
  if (status === 503 || failure.kind === 'idempotency_in_progress') return { 'Retry-After': '1' };
  if (status === 416 && 'size' in failure) return { 'Content-Range': `bytes */${failure.size}` };
  return {};
};

const causeOf = (failure: Failure): string => {
  const { dependency, cause } = failure as unknown as Unavailable;
  return `${dependency} is unavailable: ${cause instanceof Error ? cause.message : String(cause)}`;
};

/** Answers a failure in the words of the contract; what a dependency said stays in the log. */
export const refuse = <App>(
  ctx: Context,
  route: AnyRoute<App>,
  failure: Failure,
  { dialect, report }: { readonly dialect: Dialect; readonly report: (problem: string) => void },
): void => {
  const status = statusOf(route, dialect, failure.kind);
  if ('dependency' in failure) report(`${route.operationId}: ${causeOf(failure)}`);
  // A browser is not asked for a token: its dialect says what to do.
  if (status !== 401 || !dialect.show) ctx.set(hints(status, failure));
  writeRefusal(ctx, dialect, status, failure, (ctx.state['visit'] as Visit).requestId);
};
