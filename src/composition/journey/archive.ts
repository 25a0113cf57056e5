import { err, ok, type Result } from 'neverthrow';
import { type Fingerprint, fingerprinting } from './fingerprint.js';

const LOCAL_HEADER = 0x04034b50;
const DIRECTORY = 0x02014b50;
const HEADER_BYTES = 30;
const SIGNATURE_BYTES = 4;
const CHECKSUM_FOLLOWS = 1 << 3;
const LARGE = 0xffffffff;
const DESCRIPTOR_BYTES = { plain: 16, large: 24 };

/** Hands out a stream's bytes in pieces of a wanted length. */
const reading = (bytes: AsyncIterable<Uint8Array>) => {
  const chunks = bytes[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array();
  const fill = async (): Promise<void> => {
    const { done, value } = await chunks.next();
    if (done) throw new Error('the archive ends too early');
    rest = value;
  };
  const pass = async (length: number, take: (piece: Uint8Array) => void): Promise<void> => {
    for (let left = length; left > 0; ) {
      if (rest.length === 0) await fill();
      const piece = rest.subarray(0, left);
      rest = rest.subarray(piece.length);
      left -= piece.length;
      if (piece.length > 0) take(piece);
    }
  };
  return {
    pass,
    take: async (length: number): Promise<Buffer> => {
      const pieces: Uint8Array[] = [];
      await pass(length, (piece) => pieces.push(piece));
      return Buffer.concat(pieces);
    },
    drain: async (): Promise<void> => {
      while (!(await chunks.next()).done);
    },
  };
};
type Reading = ReturnType<typeof reading>;

/** The next member's name and flags; undefined where the directory begins. */
const headerOf = async (from: Reading): Promise<{ name: string; flags: number } | undefined> => {
  const signature = (await from.take(SIGNATURE_BYTES)).readUInt32LE();
  if (signature === DIRECTORY) return undefined;
  if (signature !== LOCAL_HEADER) throw new Error('neither a member nor the directory comes next');
  const header = await from.take(HEADER_BYTES - SIGNATURE_BYTES);
  const [flags, nameBytes, extraBytes] = [
    header.readUInt16LE(2),
    header.readUInt16LE(22),
    header.readUInt16LE(24),
  ];
  const name = (await from.take(nameBytes)).toString('utf8');
  await from.take(extraBytes);
  return { name, flags };
};

/** The fingerprint of a member's bytes, of which there are as many as were sent. */
const memberOf = async (from: Reading, size: number, flags: number): Promise<Fingerprint> => {
  const print = fingerprinting(() => undefined);
  await from.pass(size, print.pass);
  const { plain, large } = DESCRIPTOR_BYTES;
  if (flags & CHECKSUM_FOLLOWS) await from.take(size >= LARGE ? large : plain);
  return print.take();
};

const check = async (
  from: Reading,
  expected: ReadonlyMap<string, Fingerprint>,
): Promise<Result<number, string>> => {
  const waiting = new Map(expected);
  for (let header = await headerOf(from); header; header = await headerOf(from)) {
    const { name, flags } = header;
    const sent = waiting.get(name);
    if (!sent) return err(`it has "${name}", which nobody sent`);
    waiting.delete(name);
    const came = await memberOf(from, sent.size, flags);
    if (came.sha256 !== sent.sha256) return err(`it has other bytes of "${name}"`);
  }
  await from.drain();
  const [missing] = waiting.keys();
  return missing === undefined ? ok(expected.size) : err(`it lacks "${missing}"`);
};

/**
 * Compares an uncompressed archive with what was sent, by name in the archive, while it comes. Answers how
 * many files it had.
 */
export const checkArchive = (
  bytes: AsyncIterable<Uint8Array>,
  expected: ReadonlyMap<string, Fingerprint>,
): Promise<Result<number, string>> =>
  check(reading(bytes), expected).catch((cause: unknown) => err((cause as Error).message));
