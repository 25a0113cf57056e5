import type { Context } from 'koa';
import { drained } from './pace.js';
import type { ServerSentEvent } from './reply.js';
import type { SendOptions } from './send-options.js';

const frame = ({ id, event, data }: ServerSentEvent): string =>
  `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

/** What `work` gives, or undefined once the signal is aborted: a source that stalls must not keep us. */
const until = <T>(signal: AbortSignal, work: Promise<T>): Promise<T | undefined> =>
  new Promise((resolve, reject) => {
    const stop = (): void => resolve(undefined);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    const settled =
      <V>(settle: (value: V) => void) =>
      (value: V): void => {
        signal.removeEventListener('abort', stop);
        settle(value);
      };
    work.then(settled(resolve), settled(reject));
  });

/** Writes event by event; whoever does not take one gets no further one, so that none pile up here. */
const write = async (
  { res }: Context,
  source: AsyncIterator<ServerSentEvent>,
  signal: AbortSignal,
): Promise<void> => {
  for (;;) {
    const next = await until(signal, source.next());
    if (next === undefined || next.done) return;
    if (!res.write(frame(next.value))) await until(signal, drained(res));
  }
};

/** A sign of life now and then; who does not take it, or would not be let in any more, is let go. */
const beating = (
  { res }: Context,
  everyMs: number,
  admitted: SendOptions['admitted'],
  over: AbortController,
) => {
  const beat = async (): Promise<void> => {
    if (res.writableNeedDrain) return void res.destroy();
    const stays = (await admitted?.()) ?? true;
    if (!stays) over.abort();
    else if (!res.writableEnded) res.write(': hb\n\n');
  };
  let timer: NodeJS.Timeout | undefined;
  const broken = new Promise<never>((_never, reject) => {
    timer = setInterval(() => beat().catch(reject), everyMs);
  });
  return { broken, stop: () => clearInterval(timer) };
};

/** Events until the client leaves or the server stops; a reader that does not drain is let go and resumes later. */
export const sendEvents = async (
  ctx: Context,
  events: (signal: AbortSignal) => AsyncIterable<ServerSentEvent>,
  { stopping, timing, admitted }: SendOptions,
): Promise<void> => {
  ctx.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' });
  ctx.status = 200;
  if (ctx.method === 'HEAD') return;
  ctx.respond = false;
  const { res } = ctx;
  const over = new AbortController();
  const end = (): void => over.abort();
  res.once('close', end);
  stopping.addEventListener('abort', end, { once: true });
  if (stopping.aborted || res.destroyed) end();
  const source = events(over.signal)[Symbol.asyncIterator]();
  res.write('retry: 3000\n\n');
  const heart = beating(ctx, timing.heartbeatMs, admitted, over);
  try {
    await Promise.race([write(ctx, source, over.signal), heart.broken]);
  } finally {
    heart.stop();
    over.abort();
    stopping.removeEventListener('abort', end);
    // Not awaited: a source that stalls would never finish returning either.
    source.return?.()?.catch(() => undefined);
    res.end();
  }
};
