import { Readable } from 'node:stream';
import type { BodyMismatch, Bytes, PutOptions, TooLarge } from '../../ports/storage/object-store.js';

export type BodyRefusal = TooLarge | BodyMismatch;
export type HeldBody = {
  /** The bytes that are in order; ends early where they are not, and the refusal tells why. */
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly refusal: () => BodyRefusal | undefined;
  /** Nobody reads on: a sender that stalls is not waited for any longer. */
  readonly stop: () => void;
  /** That somebody called `stop`, or the sender left. */
  readonly stopped: AbortSignal;
};

type Announced = Pick<PutOptions, 'length' | 'maxBytes' | 'signal'>;

const mismatch = (reason: string): BodyMismatch => ({ kind: 'body_mismatch', reason });
const gone = mismatch('the sender went away');

/** The stream stays its owner's, who may still have to answer on its socket. */
const chunksOf = (body: Bytes): AsyncIterator<Uint8Array> =>
  body instanceof Readable ? body.iterator({ destroyOnReturn: false }) : body[Symbol.asyncIterator]();

const tooMuch = (size: number, { length, maxBytes }: Announced): BodyRefusal | undefined => {
  if (size > maxBytes) return { kind: 'object_too_large', maxBytes };
  if (length !== undefined && size > length) return mismatch(`more than the announced ${length} bytes`);
  return undefined;
};
const tooLittle = (size: number, { length }: Announced): BodyRefusal | undefined =>
  length !== undefined && size < length ? mismatch(`${size} of the announced ${length} bytes`) : undefined;

/** Waits for a chunk or for the signal: a stalled iterator alone would never tell. */
const pull = (
  chunks: AsyncIterator<Uint8Array>,
  signal: AbortSignal,
): Promise<IteratorResult<Uint8Array> | 'gone'> =>
  new Promise((resolve) => {
    const leave = () => resolve('gone');
    if (signal.aborted) return leave();
    signal.addEventListener('abort', leave, { once: true });
    const settle = (next: IteratorResult<Uint8Array> | 'gone') => {
      signal.removeEventListener('abort', leave);
      resolve(next);
    };
    chunks.next().then(settle, () => settle('gone'));
  });

/** Holds a body to its announced length, to the most that is allowed, and to its sender's presence. */
export const heldBody = (body: Bytes, announced: Announced): HeldBody => {
  const { length = 0, signal } = announced;
  const leaving = new AbortController();
  const stop = () => leaving.abort();
  let refusal = tooMuch(length, { maxBytes: announced.maxBytes });
  if (signal?.aborted) refusal ??= gone;

  let size = 0;
  const take = async (chunks: AsyncIterator<Uint8Array>): Promise<Uint8Array | undefined> => {
    const next = await pull(chunks, leaving.signal);
    if (next === 'gone') refusal = gone;
    else if (next.done) refusal = tooLittle(size, announced);
    else {
      size += next.value.byteLength;
      refusal = tooMuch(size, announced);
      return refusal ? undefined : next.value;
    }
    return undefined;
  };
  const read = async function* (): AsyncGenerator<Uint8Array> {
    signal?.addEventListener('abort', stop, { once: true });
    const chunks = chunksOf(body);
    try {
      for (let chunk = await take(chunks); chunk; chunk = await take(chunks)) yield chunk;
    } finally {
      signal?.removeEventListener('abort', stop);
      // Not waited for: an iterator that stalls ends no sooner than its next chunk comes.
      chunks.return?.().catch(() => undefined);
    }
  };
  return { bytes: read(), refusal: () => refusal, stop, stopped: leaving.signal };
};
