import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { createScope, getSigningKey } from '@smithy/signature-v4';
import { canonicalRequest, type Signable, spellings } from './canonical.js';
import type { Presented } from './presented.js';

/** What a signature is made of, once its key is known. */
export type Signing = {
  readonly key: Uint8Array;
  readonly scope: string;
  readonly longDate: string;
  /** The request's own: that of the first chunk is chained to it. */
  readonly signature: string;
};
/** The library wants a constructor it can call with `new`. */
class Sha256 {
  private readonly hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    const key = typeof secret === 'string' ? secret : Buffer.from(secret as Uint8Array);
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', key);
  }
  update(bytes: Uint8Array): void {
    this.hash.update(bytes);
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.hash.digest());
  }
  reset(): void {
    throw new Error('one digest each');
  }
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Of equal length always; the comparison tells nothing by its time. */
const same = (left: string, right: string): boolean =>
  left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right));

/** The signature of a text under a derived key. */
export const signed = (key: Uint8Array, text: string): string =>
  createHmac('sha256', key).update(text).digest('hex');

/** Signs the request anew as its sender should have; undefined when that comes to another signature. */
export const verify = async (
  presented: Presented,
  secret: string,
  request: Signable,
): Promise<Signing | undefined> => {
  const { accessKeyId, day, region, longDate, signature, signedHeaders } = presented;
  const credentials = { accessKeyId, secretAccessKey: secret };
  const key = await getSigningKey(Sha256, credentials, day, region, 's3');
  const scope = createScope(day, region, 's3');
  const proven = spellings(request).some((spelling) => {
    const digest = sha256(canonicalRequest(request, spelling, signedHeaders));
    return same(signature, signed(key, ['AWS4-HMAC-SHA256', longDate, scope, digest].join('\n')));
  });
  return proven ? { key, scope, longDate, signature } : undefined;
};

const EMPTY = sha256('');

/** Follows the chain of signatures through the chunks of a body (SigV4 streaming). */
export const chunkChain = ({ key, scope, longDate, signature }: Signing) => {
  let previous = signature;
  const isNext = (text: string, given: string): boolean => {
    const expected = signed(key, text);
    previous = expected;
    return same(expected, given);
  };
  return {
    chunk: (digest: string, given: string): boolean =>
      isNext(['AWS4-HMAC-SHA256-PAYLOAD', longDate, scope, previous, EMPTY, digest].join('\n'), given),
    trailer: (digest: string, given: string): boolean =>
      isNext(['AWS4-HMAC-SHA256-TRAILER', longDate, scope, previous, digest].join('\n'), given),
  };
};
export type ChunkChain = ReturnType<typeof chunkChain>;
