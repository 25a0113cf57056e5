import type { Context, Next } from 'koa';
import type { Visit } from '../../../domain/shared/principal.js';
import type { Clock } from '../../../ports/shared/clock.js';
import type { Ids } from '../../../ports/shared/ids.js';
import type { Network } from '../../kit/network.js';
import { clientAddress, isLoopbackName } from './address.js';
import type { Dialect } from './dialect.js';
import { writeRefusal } from './send.js';
import type { Timing } from './timing.js';
import { finishRequest } from './unread.js';

export type RequestLine = {
  readonly operationId: string;
  readonly method: string;
  /** 499: the client left before there was an answer. */
  readonly status: number;
  /** The answer was not sent to its end. */
  readonly cut: boolean;
  readonly ms: number;
  readonly requestId: string;
  readonly identity?: string | undefined;
};

export type EdgeOptions = {
  /** Words what no route answers. */
  readonly dialect: Dialect;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly trustedProxies: readonly Network[];
  readonly https: boolean;
  /** Answers to loopback names only, so that no page elsewhere can reach it by a name of its own (DNS rebinding). */
  readonly loopbackNamesOnly: boolean;
  readonly onRequest: (line: RequestLine) => void;
  readonly onDefect: (defect: unknown, line: { requestId: string; operationId: string }) => void;
  readonly stopping: AbortController;
  readonly timing?: Partial<Timing>;
};

const REQUEST_ID = /^[A-Za-z0-9-]{1,64}$/;
const CLIENT_LEFT = 499;

const SECURITY_HEADERS = [
  ['X-Content-Type-Options', 'nosniff'],
  ['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'"],
  ['Referrer-Policy', 'no-referrer'],
  ['X-Frame-Options', 'DENY'],
  ['Cache-Control', 'no-store'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
] as const;
const HTTPS_ONLY = ['Strict-Transport-Security', 'max-age=31536000'] as const;

/** Names the request, catches what no use case expected, and writes one line about the end. */
export const outermost = (options: EdgeOptions, timing: Timing) => {
  const headers = options.https ? [...SECURITY_HEADERS, HTTPS_ONLY] : SECURITY_HEADERS;
  return async (ctx: Context, next: Next): Promise<void> => {
    const began = performance.now();
    const { res } = ctx;
    const visit = visitOf(ctx, options);
    ctx.state['visit'] = visit;
    for (const [name, value] of headers) res.setHeader(name, value);
    res.setHeader('X-Request-Id', visit.requestId);
    res.once('close', () => options.onRequest(lineOf(ctx, visit, performance.now() - began)));
    await routed(ctx, next, options, visit);
    if (options.stopping.signal.aborted) ctx.set('Connection', 'close');
    if (ctx.respond !== false && !res.headersSent) await finishRequest(ctx, timing.lingerMs);
  };
};

const routed = async (
  ctx: Context,
  next: Next,
  options: EdgeOptions,
  { requestId }: Visit,
): Promise<void> => {
  try {
    if (!options.loopbackNamesOnly || isLoopbackName(ctx.hostname)) await next();
    if (!ctx.state['operationId']) unrouted(ctx, options.dialect, requestId);
  } catch (defect) {
    options.onDefect(defect, { requestId, operationId: operationOf(ctx) });
    broken(ctx, options.dialect, requestId);
  }
};

const visitOf = (ctx: Context, { clock, ids, trustedProxies }: EdgeOptions): Visit => {
  const given = ctx.get('x-request-id');
  return {
    at: clock.now(),
    address: clientAddress(ctx.req, trustedProxies),
    requestId: REQUEST_ID.test(given) ? given : ids.next(),
  };
};

const operationOf = (ctx: Context): string => (ctx.state['operationId'] as string | undefined) ?? 'unrouted';

const lineOf = (ctx: Context, { requestId }: Visit, ms: number): RequestLine => ({
  operationId: operationOf(ctx),
  method: ctx.method,
  status: ctx.res.headersSent ? ctx.res.statusCode : CLIENT_LEFT,
  cut: !ctx.res.writableFinished,
  ms,
  requestId,
  identity: ctx.state['identity'] as string | undefined,
});

const word = (ctx: Context, dialect: Dialect, status: number, kind: string, requestId: string): void =>
  writeRefusal(ctx, dialect, status, { kind }, requestId);

const unrouted = (ctx: Context, dialect: Dialect, requestId: string): void => {
  if (ctx.method === 'OPTIONS' && ctx.status < 400) return;
  if (ctx.status === 405 || ctx.status === 501) word(ctx, dialect, 405, 'method_not_allowed', requestId);
  else word(ctx, dialect, 404, 'not_found', requestId);
};

const broken = (ctx: Context, fallback: Dialect, requestId: string): void => {
  if (ctx.res.headersSent) {
    ctx.respond = false;
    ctx.res.destroy();
    return;
  }
  ctx.respond = true;
  word(ctx, (ctx.state['dialect'] as Dialect | undefined) ?? fallback, 500, 'internal', requestId);
};
