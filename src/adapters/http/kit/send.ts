import type { Context } from 'koa';
import type { Unavailable } from '../../../ports/shared/failure.js';
import type { Dialect, Failure } from './dialect.js';
import { sendBytes } from './download.js';
import { sendEvents } from './events.js';
import type { Reply } from './reply.js';
import type { SendOptions } from './send-options.js';
import { isUnread } from './unread.js';

/** Raised outside production when a reply is not what its route declares: a defect, never the client's fault. */
export class UndeclaredReply extends Error {}

// Our own pages carry their style and load nothing.
const PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** Writes what a use case answered, in the form its route declares; or says why it cannot. */
export const send = async <T>(
  ctx: Context,
  reply: Reply<T>,
  value: T,
  options: SendOptions,
): Promise<Unavailable | undefined> => {
  switch (reply.kind) {
    case 'json':
      if (reply.orNone && value === undefined) return writeNothing(ctx, 204);
      ctx.status = reply.status;
      ctx.set(headersOf(reply, value));
      writeJson(ctx, checked(reply, value, options));
      return undefined;
    case 'empty':
      return writeNothing(ctx, reply.goesOn?.(value) ? 202 : reply.status);
    case 'text':
      ctx.status = reply.status;
      ctx.type = reply.mediaType;
      if (reply.mediaType.startsWith('text/html')) ctx.set('Content-Security-Policy', PAGE_POLICY);
      ctx.set(reply.headers(value));
      ctx.body = reply.render(value);
      return undefined;
    case 'redirect':
      ctx.set(reply.headers(value));
      ctx.redirect(reply.to(value));
      ctx.status = reply.status;
      return undefined;
    case 'stream':
      closeIfUnread(ctx);
      return sendBytes(ctx, reply.open(value), options);
    case 'sse':
      closeIfUnread(ctx);
      await sendEvents(ctx, (signal) => reply.events(value, signal), options);
      return undefined;
    case 'by_accept':
      ctx.vary('Accept');
      return send(ctx, chosen(ctx, reply), value, options);
  }
};

const writeNothing = (ctx: Context, status: number): undefined => {
  ctx.body = null;
  ctx.status = status;
};

export const writeJson = (ctx: Context, document: unknown): void => {
  ctx.set('Content-Type', 'application/json; charset=utf-8');
  ctx.body = JSON.stringify(document);
};

/** The first is for those who take any of them, or none. */
const FORMS = ['text/plain', 'text/html', 'application/json'] as const;

/** A refusal in the words, or as the page, of the dialect. */
export const writeRefusal = (
  ctx: Context,
  dialect: Dialect,
  status: number,
  failure: Failure,
  requestId: string,
): void => {
  const accepted = ctx.accepts(...FORMS);
  const wants = FORMS.find((form) => form === accepted) ?? FORMS[0];
  const { method, url } = ctx;
  const shown = dialect.show?.({ status, failure, requestId, method, url, wants });
  ctx.status = shown?.status ?? status;
  if (shown) {
    ctx.set(shown.headers);
    ctx.body = shown.body;
  } else writeJson(ctx, dialect.word(status, failure, requestId));
};

const headersOf = <T>({ headers = {} }: Extract<Reply<T>, { kind: 'json' }>, value: T) =>
  typeof headers === 'function' ? headers(value) : headers;

const typeOf = <T>(reply: Extract<Reply<T>, { kind: 'json' | 'text' }>): string =>
  reply.kind === 'json' ? 'application/json' : (reply.mediaType.split(';')[0] ?? '');

const chosen = <T>(ctx: Context, { choices }: Extract<Reply<T>, { kind: 'by_accept' }>): Reply<T> => {
  const accepted = ctx.accepts(choices.map(typeOf));
  return choices.find((choice) => typeOf(choice) === accepted) ?? choices[0];
};

/** After a long answer nobody wants to throw away a body that was never asked for. */
const closeIfUnread = (ctx: Context): void => {
  if (isUnread(ctx.req)) ctx.set('Connection', 'close');
};

const checked = <T>(
  reply: Extract<Reply<T>, { kind: 'json' }>,
  value: T,
  { operationId, strict, report }: SendOptions,
): unknown => {
  const presented = reply.present(value);
  const parsed = reply.schema.safeParse(presented);
  if (parsed.success) return parsed.data;
  const problem = `${operationId}: the reply breaks its schema: ${parsed.error.message}`;
  if (strict) throw new UndeclaredReply(problem);
  report(problem);
  return presented;
};
