import { ResultAsync } from 'neverthrow';
import { afterEach, expect } from 'vitest';
import type { Incoming } from '../../../src/adapters/http/kit/route.js';
import {
  type Kit,
  type KitOptions,
  pause,
  startKit,
  strays,
  type Wire,
  wire,
} from '../../contract/http/kit/rig.js';

export const MB = 1024 * 1024;
export const LENGTH = (bytes: number) => `Content-Length: ${bytes}`;
export const CHUNKED = 'Transfer-Encoding: chunked';
export const AS = (who: string) => `Authorization: Bearer ${who}`;
export const JSON_TYPE = 'Content-Type: application/json';
export const DOCUMENT = 'POST /things';
export const BLOB = 'PUT /blob';

const brokenOff = () => ({ kind: 'broken_off' as const });
/** A use case that does as told with its body. */
export const doing = (work: (body: Incoming) => Promise<unknown>) => (body: Incoming) =>
  ResultAsync.fromThrowable(work, brokenOff)(body).map(() => undefined);

/** Ends within `ms`, or says that it did not. */
export const soon = (work: Promise<unknown>, ms: number): Promise<boolean> =>
  Promise.race([work.then(() => true), pause(ms).then(() => false)]);

/** Sends so little at a time that it comes to nothing, until it is told to stop or the other side has closed. */
export const crawl = (...senders: readonly Wire[]): (() => void) => {
  const drip = setInterval(() => {
    for (const { socket, send } of senders) if (socket.writable) send(' ');
  }, 10);
  return () => clearInterval(drip);
};

/** The kit of each test, which at its end has met no defect, and left nothing behind. */
export const kitStage = (stopMs = 500) => {
  const lost = strays();
  let current: Kit;
  afterEach(async () => {
    await current.stop(stopMs);
    expect(current.defects).toEqual([]);
    expect(lost).toEqual([]);
  });
  const start = async (options: KitOptions = {}): Promise<void> => {
    current = await startKit(options);
  };
  return {
    start,
    /** Starts a kit, and opens a socket to it. */
    open: async (options: KitOptions = {}): Promise<Wire> => {
      await start(options);
      return wire(current.port);
    },
    /** The one that was started last. */
    kit: new Proxy({} as Kit, { get: (_none, name) => Reflect.get(current, name) }),
  };
};
