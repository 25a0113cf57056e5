import type { ServerResponse } from 'node:http';
import type { Context } from 'koa';
import { drained } from './pace.js';
import type { ServerSentEvent } from './reply.js';
import type { SendOptions } from './send-options.js';

const frame = ({ id, event, data }: ServerSentEvent): string =>
  `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

/** Writes event by event; whoever does not take one gets no further one, so that none pile up here. */
const write = async (
  res: ServerResponse,
  events: AsyncIterable<ServerSentEvent>,
  signal: AbortSignal,
): Promise<void> => {
  for await (const event of events) {
    if (signal.aborted) return;
    if (!res.write(frame(event))) await drained(res);
  }
};

type Ends = { readonly end: () => void; readonly fail: (defect: unknown) => void };

/** A sign of life now and then; who does not take it, or would not be let in any more, is let go. */
const beating = (
  res: ServerResponse,
  { timing, admitted }: SendOptions,
  { end, fail }: Ends,
): NodeJS.Timeout => {
  let looking = false;
  const look = async (): Promise<void> => {
    if (looking || !admitted) return;
    looking = true;
    if (!(await admitted())) end();
    looking = false;
  };
  return setInterval(() => {
    if (res.writableNeedDrain) return void res.destroy();
    res.write(': hb\n\n');
    look().catch(fail);
  }, timing.heartbeatMs);
};

/** Settles when it is over, whoever ends it. Nobody waits for a source: one that stalls must not keep us. */
const stream = (
  res: ServerResponse,
  events: (signal: AbortSignal) => AsyncIterable<ServerSentEvent>,
  options: SendOptions,
): Promise<void> =>
  new Promise<void>((resolve, reject) => {
    const { stopping } = options;
    const over = new AbortController();
    const leave = (): void => {
      clearInterval(heart);
      stopping.removeEventListener('abort', end);
      over.abort();
      res.end();
    };
    const end = (): void => {
      leave();
      resolve();
    };
    const fail = (defect: unknown): void => {
      leave();
      reject(defect);
    };
    const heart = beating(res, options, { end, fail });
    res.once('close', end);
    stopping.addEventListener('abort', end);
    if (stopping.aborted || res.destroyed) end();
    else write(res, events(over.signal), over.signal).then(end, fail);
  });

/** Events until the client leaves or the server stops; a reader that does not drain is let go and resumes later. */
export const sendEvents = async (
  ctx: Context,
  events: (signal: AbortSignal) => AsyncIterable<ServerSentEvent>,
  options: SendOptions,
): Promise<void> => {
  ctx.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' });
  ctx.status = 200;
  if (ctx.method === 'HEAD') return;
  ctx.respond = false;
  const { res } = ctx;
  // By itself, because Node would keep it as the many pieces that it was joined from.
  res.flushHeaders();
  res.write('retry: 3000\n\n');
  await stream(res, events, options);
};
