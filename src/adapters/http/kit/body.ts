import { parse as parseQuery } from 'node:querystring';
import type { Context } from 'koa';
import { err, ok, type Result } from 'neverthrow';
import type { KitFailure } from './dialect.js';
import { roundedNumbers } from './exact-numbers.js';
import { watchSender } from './pace.js';
import type { Body, Incoming } from './route.js';
import type { Timing } from './timing.js';
import { awaitsContinue } from './unread.js';

const MAX_DOCUMENT_BYTES = 1024 * 1024;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** A body as its route wants it; `bytes` for those that are read as one piece. */
export type Taken = { readonly value: unknown; readonly bytes?: Buffer };

const mediaType = (ctx: Context): string =>
  (ctx.get('content-type').split(';')[0] ?? '').trim().toLowerCase();
const malformed = (reason: string): KitFailure => ({ kind: 'malformed_document', reason });
const tooLarge = (maxBytes: number): KitFailure => ({ kind: 'body_too_large', maxBytes });

/** 100-continue is answered only when the body is wanted: a refusal before spares the client the upload. */
const invite = ({ req, res, state }: Context): void => {
  if (!awaitsContinue(req) || req.complete || res.headersSent) return;
  state['invited'] = true;
  res.writeContinue();
};

const CUT_SHORT = malformed('The body ended before its announced length.');

/** A body read as one piece. A small one came with its head: it is all here before anybody has asked for it. */
const collect = async (
  ctx: Context,
  maxBytes: number,
  timing: Timing,
): Promise<Result<Buffer, KitFailure>> => {
  const { req } = ctx;
  if (Number(req.headers['content-length'] ?? 0) > maxBytes) return err(tooLarge(maxBytes));
  if (req.destroyed) return err(CUT_SHORT);
  if (!req.complete) return receive(ctx, maxBytes, timing);
  const bytes: Buffer = req.read() ?? NOTHING;
  return bytes.length > maxBytes ? err(tooLarge(maxBytes)) : ok(bytes);
};

const NOTHING = Buffer.alloc(0);

const receive = (ctx: Context, maxBytes: number, timing: Timing): Promise<Result<Buffer, KitFailure>> =>
  new Promise((resolve) => {
    const { req } = ctx;
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (result: Result<Buffer, KitFailure>): void => {
      stop();
      // Paused and not destroyed: the socket still has to carry the answer.
      req.off('data', take).off('end', end).off('close', broken).pause();
      resolve(result);
    };
    const take = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > maxBytes) settle(err(tooLarge(maxBytes)));
      else chunks.push(chunk);
    };
    const end = (): void =>
      settle(ok(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, size)));
    const broken = (): void => settle(err(CUT_SHORT));
    const stop = watchSender(req, timing, () => req.destroy());
    invite(ctx);
    req.on('data', take).on('end', end).on('close', broken);
  });

const decoded = (bytes: Buffer): string | undefined => {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
};

const parseJson = (ctx: Context, bytes: Buffer, exact: boolean): Result<unknown, KitFailure> => {
  const type = mediaType(ctx);
  if (type !== 'application/json' && !type.endsWith('+json'))
    return err(malformed('The body must be sent as Content-Type: application/json.'));
  const text = decoded(bytes);
  try {
    const value: unknown = JSON.parse(text ?? '');
    const problems = exact && text !== undefined ? roundedNumbers(text) : [];
    return problems.length > 0 ? err({ kind: 'invalid_request', problems }) : ok(value);
  } catch {
    return err(malformed('The body is not a JSON document.'));
  }
};

/** A name that comes twice is a list, which no schema of a single value takes. */
const parseForm = (ctx: Context, bytes: Buffer): Result<unknown, KitFailure> => {
  if (mediaType(ctx) !== 'application/x-www-form-urlencoded')
    return err(malformed('The body must be sent as Content-Type: application/x-www-form-urlencoded.'));
  const text = decoded(bytes);
  return text === undefined ? err(malformed('The body is not UTF-8.')) : ok({ ...parseQuery(text) });
};

/** The request's own bytes, without handing out the request: who stops reading must not close its socket. */
const bytesOf = (ctx: Context, timing: Timing, slow: () => void): Incoming['bytes'] => ({
  [Symbol.asyncIterator]: () => {
    const { req } = ctx;
    if (req.complete && !req.destroyed) return arrived(req);
    invite(ctx);
    const stop = watchSender(req, timing, slow);
    req.once('close', stop);
    return req.iterator({ destroyOnReturn: false });
  },
});

/** A body that came with its head, or soon after: there is nobody to wait for. */
async function* arrived(req: Context['req']): AsyncGenerator<Buffer> {
  for (let chunk: Buffer | null = req.read(); chunk !== null; chunk = req.read()) yield chunk;
}

const stream = (ctx: Context, timing: Timing): Incoming => {
  const { req } = ctx;
  const header = ctx.get('content-length');
  const gone = new AbortController();
  const leave = (): void => {
    if (!req.complete) gone.abort(new Error('the sender left'));
  };
  if (req.destroyed) leave();
  req.once('close', leave);
  // First the use case is told; if it does not let go either, the socket is cut.
  const slow = (): void =>
    gone.signal.aborted ? void req.destroy() : gone.abort(new Error('the sender is too slow'));
  return {
    bytes: bytesOf(ctx, timing, slow),
    length: header === '' ? undefined : Number(header),
    contentType: ctx.get('content-type') || undefined,
    signal: gone.signal,
  };
};

/** Takes the body as the route declares it. A parsed document comes with its bytes, for its fingerprint. */
export const readBody = async (
  ctx: Context,
  body: Body,
  timing: Timing,
): Promise<Result<Taken, KitFailure>> => {
  if (body.kind === 'stream') return ok({ value: stream(ctx, timing) });
  const collected = await collect(ctx, body.kind === 'raw' ? body.maxBytes : MAX_DOCUMENT_BYTES, timing);
  if (collected.isErr()) return err(collected.error);
  const bytes = collected.value;
  if (body.kind === 'raw') return ok({ value: bytes, bytes });
  if (bytes.length === 0 && body.kind === 'json' && body.optional) return ok({ value: {}, bytes });
  const parsed = body.kind === 'json' ? parseJson(ctx, bytes, body.exact === true) : parseForm(ctx, bytes);
  return parsed.map((value) => ({ value, bytes }));
};
