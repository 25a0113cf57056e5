import { err, ok, type Result, ResultAsync } from 'neverthrow';
import type { Bytes, PutOptions } from '../../../ports/storage/object-store.js';
import { type BodyRefusal, heldBody } from '../../kit/held-body.js';

type Announced = Pick<PutOptions, 'length' | 'maxBytes' | 'signal'>;

const collect = async (body: Bytes, options: Announced): Promise<Result<Buffer, BodyRefusal>> => {
  const held = heldBody(body, options);
  const early = held.refusal();
  if (early) return err(early);
  const chunks: Uint8Array[] = [];
  for await (const chunk of held.bytes) chunks.push(chunk);
  const refusal = held.refusal();
  return refusal ? err(refusal) : ok(Buffer.concat(chunks));
};

/** All of a body; settles as soon as the sender is known to be gone, whatever its body still waits for. */
export const received = (body: Bytes, options: Announced): ResultAsync<Buffer, BodyRefusal> =>
  new ResultAsync(collect(body, options));
