import { Readable } from 'node:stream';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import type { BodyMismatch, Bytes, PutOptions, TooLarge } from '../../../ports/storage/object-store.js';

type Announced = Pick<PutOptions, 'length' | 'maxBytes' | 'signal'>;

const gone: BodyMismatch = { kind: 'body_mismatch', reason: 'the sender went away' };

const refusal = (size: number, { length, maxBytes }: Announced): TooLarge | BodyMismatch | undefined => {
  if (size > maxBytes) return { kind: 'object_too_large', maxBytes };
  if (length !== undefined && size > length)
    return { kind: 'body_mismatch', reason: `more than the announced ${length} bytes` };
  return undefined;
};

const collect = async (body: Bytes, options: Announced): Promise<TooLarge | BodyMismatch | Buffer> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    // A refused stream stays its owner's, who may still want to answer on its socket.
    for await (const chunk of body instanceof Readable ? body.iterator({ destroyOnReturn: false }) : body) {
      size += chunk.byteLength;
      const refused = refusal(size, options);
      if (refused) return refused;
      chunks.push(chunk);
    }
  } catch {
    return gone;
  }
  const { length } = options;
  return length !== undefined && size < length
    ? { kind: 'body_mismatch', reason: `${size} of the announced ${length} bytes` }
    : Buffer.concat(chunks);
};

const settled = async (body: Bytes, options: Announced): Promise<Result<Buffer, TooLarge | BodyMismatch>> => {
  const { signal, length = 0, maxBytes } = options;
  if (length > maxBytes) return err({ kind: 'object_too_large', maxBytes });
  if (signal?.aborted) return err(gone);
  const left = new Promise<BodyMismatch>((resolve) =>
    signal?.addEventListener('abort', () => resolve(gone), { once: true }),
  );
  const outcome = await Promise.race([left, collect(body, options)]);
  return Buffer.isBuffer(outcome) ? ok(outcome) : err(outcome);
};

/** All of a body; settles as soon as the sender is known to be gone, whatever its body still waits for. */
export const received = (body: Bytes, options: Announced): ResultAsync<Buffer, TooLarge | BodyMismatch> =>
  new ResultAsync(settled(body, options));
