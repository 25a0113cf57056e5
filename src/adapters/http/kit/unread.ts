import type { IncomingMessage } from 'node:http';
import type { Context } from 'koa';

/** What a connection may swallow after the answer and still be worth keeping. */
const SMALL_BYTES = 64 * 1024;

/** HTTP/1.0 has no such thing: the header means nothing there. */
export const awaitsContinue = (req: IncomingMessage): boolean =>
  req.headers.expect !== undefined && req.httpVersion === '1.1';

/**
 * True while the client still has bytes to send that nobody has asked for. A small rest of known length is
 * left to Node, which throws it away after the answer and keeps the connection.
 */
export const isUnread = (req: IncomingMessage): boolean => {
  if (req.complete || req.destroyed) return false;
  if (awaitsContinue(req)) return true;
  return (
    req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > SMALL_BYTES
  );
};

/** Settles what is left of a request when its answer is ready. */
export const finishRequest = async (ctx: Context, lingerMs: number): Promise<void> => {
  if (isUnread(ctx.req)) await linger(ctx, lingerMs);
  // A small body that was begun and then refused: Node throws away only what nobody has begun to read.
  else if (!ctx.req.complete) discard(ctx.req);
};

/** Listened to: whoever read before may only now let go of the stream, and would stop one that merely flows. */
const discard = (req: IncomingMessage): void => {
  req.on('data', () => undefined).resume();
};

/**
 * An answer given before its upload was read: closing at once would reset the connection under the
 * client, who is still writing and would never see the answer. So it is sent whole, the rest is thrown
 * away for a while, and then the connection closes.
 */
const linger = async (ctx: Context, lingerMs: number): Promise<void> => {
  const { req, res } = ctx;
  ctx.set('Connection', 'close');
  // Never invited, it is not on its way.
  if (awaitsContinue(req) && !ctx.state['invited'] && req.readableLength === 0) return;
  ctx.respond = false;
  const body = typeof ctx.body === 'string' ? ctx.body : '';
  if (ctx.status !== 204 && ctx.status !== 304) ctx.length = Buffer.byteLength(body);
  if (body === '' || ctx.method === 'HEAD') res.flushHeaders();
  else res.write(body);
  await discarded(req, lingerMs);
  res.end();
};

const discarded = (req: IncomingMessage, lingerMs: number): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(enough);
      resolve();
    };
    const enough = setTimeout(done, lingerMs);
    req.once('end', done).once('close', done);
    discard(req);
  });
