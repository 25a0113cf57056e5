import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Timing } from './timing.js';

/** Calls `give` each time a whole interval was spent waiting for the other side and almost nothing came of it. */
const watch = (
  moved: () => number,
  waiting: () => boolean,
  give: () => void,
  intervalMs: number,
  minBytes: number,
): (() => void) => {
  let before = moved();
  // Somebody who was slow himself until a moment ago has no right to complain yet.
  let waited = waiting();
  const timer = setInterval(() => {
    const now = moved();
    const waits = waiting();
    if (waited && waits && now - before < minBytes) give();
    before = now;
    waited = waits;
  }, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
};

/** Follows an upload: `give` is called for a sender that crawls. */
export const watchSender = (
  req: IncomingMessage,
  { senderMs, minBytes }: Timing,
  give: () => void,
): (() => void) =>
  // Bytes in the buffer wait for us, not for their sender.
  watch(
    () => req.socket.bytesRead,
    () => req.readableLength === 0 && !req.complete,
    give,
    senderMs,
    minBytes,
  );

/** Follows a download: a reader that takes almost nothing loses its socket. */
export const watchReader = (res: ServerResponse, { readerMs, minBytes }: Timing): (() => void) =>
  watch(
    () => res.socket?.bytesWritten ?? 0,
    () => res.writableNeedDrain,
    () => res.destroy(),
    readerMs,
    minBytes,
  );

/** Settles when the response takes bytes again, or never will. */
export const drained = (res: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    if (res.destroyed || !res.writableNeedDrain) return resolve();
    const done = () => {
      res.off('drain', done).off('close', done);
      resolve();
    };
    res.on('drain', done).on('close', done);
  });
