import type { BodyMismatch, Bytes, PutOptions } from '../../ports/storage/object-store.js';
import { type BodyRefusal, heldBody } from '../kit/held-body.js';

export type Source = {
  /** The bytes, once. Throws when they cannot be had as announced; `refusal` then tells why. */
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly refusal: () => BodyRefusal | undefined;
  readonly isUntouched: () => boolean;
  readonly isComplete: () => boolean;
  /** That the body cannot become complete any more, or nobody wants it to. */
  readonly broken: AbortSignal;
  /** Nobody reads on. */
  readonly stop: () => void;
};

const gone: BodyMismatch = { kind: 'body_mismatch', reason: 'the sender went away' };

/**
 * A body for a store that counts and takes an object with its last byte: the last chunk is handed out only when
 * it is known that nothing follows.
 */
export const sourceOf = (body: Bytes, options: PutOptions): Source => {
  const held = heldBody(body, options);
  const { signal } = options;
  const broken = new AbortController();
  let untouched = true;
  let complete = false;
  let stopped: { readonly refusal: BodyRefusal | undefined } | undefined;
  // What is found out after nobody reads on is no fault of the sender's.
  const refusal = () =>
    stopped ? stopped.refusal : (held.refusal() ?? (signal?.aborted && !complete ? gone : undefined));
  const leave = () => {
    if (!complete) broken.abort();
  };
  const stop = () => {
    stopped ??= { refusal: refusal() };
    signal?.removeEventListener('abort', leave);
    held.stop();
    leave();
    // Lets the sender clean up; not waited for, since it may stall.
    bytes.return(undefined).catch(() => undefined);
  };
  signal?.addEventListener('abort', leave, { once: true });
  const read = async function* (): AsyncGenerator<Uint8Array> {
    untouched = false;
    let last: Uint8Array | undefined;
    for await (const chunk of held.bytes) {
      if (last) yield last;
      last = chunk;
    }
    if (stopped || refusal()) {
      broken.abort();
      throw new Error('the body cannot be had as announced');
    }
    complete = true;
    if (last) yield last;
  };
  const bytes = read();
  return {
    bytes,
    refusal,
    isUntouched: () => untouched,
    isComplete: () => complete,
    broken: broken.signal,
    stop,
  };
};
