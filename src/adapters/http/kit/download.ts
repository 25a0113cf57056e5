import { create as contentDisposition } from 'content-disposition';
import type { Context } from 'koa';
import type { Unavailable } from '../../../ports/shared/failure.js';
import { drained, watchReader } from './pace.js';
import type { Outgoing } from './reply.js';
import type { SendOptions } from './send-options.js';

// An uploaded page must never run in our origin, whatever a browser makes of it.
const SANDBOX = "sandbox; default-src 'none'";
const CACHING = 'private, no-cache';

const asFile = (fileName: string): NonNullable<Outgoing['headers']> => ({
  'Content-Type': 'application/octet-stream',
  'Content-Disposition': contentDisposition(fileName, { type: 'attachment' }),
});

const announce = (ctx: Context, { part, length, version, fileName, headers }: Outgoing): void => {
  if (part) ctx.set('Content-Range', `bytes ${part.from}-${part.to}/${part.size}`);
  ctx.set({
    'Content-Length': String(length),
    'Content-Security-Policy': SANDBOX,
    'Accept-Ranges': version ? 'bytes' : 'none',
    'Cache-Control': CACHING,
    ...(version && {
      ETag: `"${version.etag}"`,
      'Last-Modified': new Date(version.modifiedAt).toUTCString(),
    }),
    ...(headers ?? asFile(fileName)),
  });
};

const broken = (cause: unknown): Unavailable => ({ kind: 'unavailable', dependency: 'object store', cause });

/** Bytes as the reader takes them; answers how many there were. */
const pour = async (
  ctx: Context,
  { length }: Outgoing,
  bytes: AsyncIterator<Uint8Array>,
  first: IteratorResult<Uint8Array>,
): Promise<number> => {
  const { res } = ctx;
  let sent = 0;
  let next = first;
  while (!next.done) {
    sent += next.value.byteLength;
    // One byte too many would be read as the beginning of the next answer.
    if (sent > length) return sent;
    if (!res.write(next.value)) await drained(res);
    if (res.destroyed) return sent;
    next = await bytes.next();
  }
  return sent;
};

/** After the first byte only a destroyed socket tells of a failure, by a body shorter than announced. */
const deliver = async (
  ctx: Context,
  outgoing: Outgoing,
  bytes: AsyncIterator<Uint8Array>,
  first: IteratorResult<Uint8Array>,
): Promise<string | undefined> => {
  const { res } = ctx;
  let shortfall: string;
  try {
    const sent = await pour(ctx, outgoing, bytes, first);
    if (sent === outgoing.length) return void res.end();
    shortfall = `${sent} bytes came where ${outgoing.length} were announced`;
  } catch (cause) {
    shortfall = cause instanceof Error ? cause.message : String(cause);
  }
  const left = res.destroyed;
  res.destroy();
  return left ? undefined : shortfall;
};

/** Until the first byte is there, a store that fails is a refusal like any other. */
const stream = async (
  ctx: Context,
  outgoing: Outgoing,
  { operationId, report, timing }: SendOptions,
): Promise<Unavailable | undefined> => {
  const bytes = outgoing.bytes[Symbol.asyncIterator]();
  let first: IteratorResult<Uint8Array>;
  try {
    first = await bytes.next();
  } catch (cause) {
    return ctx.res.destroyed ? undefined : broken(cause);
  }
  announce(ctx, outgoing);
  ctx.respond = false;
  const unwatch = watchReader(ctx.res, timing);
  const shortfall = await deliver(ctx, outgoing, bytes, first);
  unwatch();
  if (shortfall !== undefined) report(`${operationId} broke off: ${shortfall}`);
  return undefined;
};

/** Sends an attachment; frees what stands behind it the moment the client leaves. */
export const sendBytes = async (
  ctx: Context,
  outgoing: Outgoing | { readonly notModified: string },
  options: SendOptions,
): Promise<Unavailable | undefined> => {
  if ('notModified' in outgoing) {
    ctx.status = 304;
    ctx.set({ ETag: `"${outgoing.notModified}"`, 'Cache-Control': CACHING });
    return undefined;
  }
  ctx.status = outgoing.part ? 206 : 200;
  let open = true;
  const close = (): void => {
    if (open) outgoing.close();
    open = false;
  };
  ctx.res.once('close', close);
  try {
    if (ctx.method === 'HEAD') announce(ctx, outgoing);
    else if (!ctx.res.destroyed) return await stream(ctx, outgoing, options);
    return undefined;
  } finally {
    close();
  }
};
