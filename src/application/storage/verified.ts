import type { ChecksumAlgorithm, Checksums, RunningChecksum } from '../../ports/shared/checksums.js';
import type { Bytes } from '../../ports/storage/object-store.js';

/** What the sender says its bytes come to. */
export type Expectation = {
  readonly algorithm: ChecksumAlgorithm;
  /** In base64, asked for when all bytes have come: a trailer is known no earlier. Undefined: nothing is said. */
  readonly expected: () => string | undefined;
  /** What the sender calls the field that says so. */
  readonly field: string;
};
/** The bytes that came are not those that were sent. Nothing was stored. */
export type ChecksumMismatch = {
  readonly kind: 'checksum_mismatch';
  readonly field: string;
  readonly algorithm: ChecksumAlgorithm;
};

export type Verified = {
  readonly bytes: Bytes;
  /** Set once `bytes` has broken off for it. */
  readonly mismatch: () => ChecksumMismatch | undefined;
};

type Running = Expectation & { readonly sum: RunningChecksum };
/** What Node's streams are beside iterable: asked so, they live on when their reader stops early. */
type Stream = { readonly iterator: (options: { readonly destroyOnReturn: false }) => Bytes };

const isStream = (bytes: Bytes): bytes is Bytes & Stream =>
  'iterator' in bytes && typeof bytes.iterator === 'function';
/** The stream stays its owner's, who may still have to answer on its socket. */
export const chunksOf = (bytes: Bytes): Bytes =>
  isStream(bytes) ? bytes.iterator({ destroyOnReturn: false }) : bytes;

const firstWrong = (running: readonly Running[]): ChecksumMismatch | undefined => {
  for (const { algorithm, expected, field, sum } of running) {
    const said = expected();
    if (said !== undefined && said !== sum.digest()) return { kind: 'checksum_mismatch', field, algorithm };
  }
  return undefined;
};

/** The chunks that are not empty, each told to `see` before it goes on; the last is kept until `judge` lets it go. */
const heldBack = async function* (
  bytes: Bytes,
  see: (chunk: Uint8Array) => void,
  judge: () => void,
): AsyncGenerator<Uint8Array> {
  let held: Uint8Array | undefined;
  for await (const chunk of chunksOf(bytes)) {
    // Held back in place of real bytes it would let go of the last of them too early.
    if (chunk.byteLength === 0) continue;
    see(chunk);
    if (held) yield held;
    held = chunk;
  }
  judge();
  if (held) yield held;
};

/**
 * The same bytes, held to what their sender says of them. The last piece is handed on only when all checksums
 * hold, and otherwise they break off: a store that waits for all of a body never keeps one that is wrong. An
 * empty body is judged when its first piece is asked for.
 */
export const verified = (
  bytes: Bytes,
  expectations: readonly Expectation[],
  checksums: Checksums,
): Verified => {
  if (expectations.length === 0) return { bytes, mismatch: () => undefined };
  let wrong: ChecksumMismatch | undefined;
  const pass = (): AsyncIterator<Uint8Array> => {
    const running = expectations.map((one) => ({ ...one, sum: checksums(one.algorithm) }));
    const see = (chunk: Uint8Array): void => {
      for (const { sum } of running) sum.update(chunk);
    };
    return heldBack(bytes, see, () => {
      wrong = firstWrong(running);
      if (wrong) throw new Error(`the ${wrong.algorithm} of the body is another`);
    });
  };
  return { bytes: { [Symbol.asyncIterator]: pass }, mismatch: () => wrong };
};
