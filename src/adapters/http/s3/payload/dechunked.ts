import { createHash } from 'node:crypto';
import { failure, type S3Failure } from '../errors.js';
import { type ChunkChain, sha256 } from '../signing/signature.js';
import { type Cursor, cursorOver } from './cursor.js';

export type Framing = {
  /** Undefined: chunks are not signed. */
  readonly chain: ChunkChain | undefined;
  /** Names of the trailers that were announced; undefined: none may come. */
  readonly trailers: ReadonlySet<string> | undefined;
  /** Said once, before the bytes break off. */
  readonly refuse: (why: S3Failure) => void;
  /** Each trailer as it comes, after the last byte and before the end. */
  readonly trailer: (name: string, value: string) => void;
};

/** What breaks a body off; whoever reads it asks for the reason elsewhere. */
class BrokenOff extends Error {}

const MAX_LINE = 1_024;
const MAX_TRAILERS = 16;
const HEADER = /^([0-9a-f]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/i;
const SIGNATURE_TRAILER = 'x-amz-trailer-signature';

const broken = ({ refuse }: Framing, why: S3Failure): BrokenOff => {
  refuse(why);
  return new BrokenOff(why.kind);
};
const malformed = (framing: Framing): BrokenOff => broken(framing, failure('malformed_chunks'));

const lineOf = async (cursor: Cursor, framing: Framing): Promise<string> => {
  const line = await cursor.line(MAX_LINE);
  if (line === undefined) throw malformed(framing);
  return line;
};

type Head = { readonly size: number; readonly signature: string };

const headOf = async (cursor: Cursor, framing: Framing): Promise<Head> => {
  const [whole, size = '', signature = ''] = HEADER.exec(await lineOf(cursor, framing)) ?? [];
  if (whole === undefined) throw malformed(framing);
  return { size: Number.parseInt(size, 16), signature };
};

type Trailers = { readonly signable: string; readonly signature: string };

const trailerOf = (line: string): readonly [name: string, value: string] => {
  const [, name = '', value = ''] = /^([^:\s]+):\s*(.*?)\s*$/.exec(line) ?? [];
  return [name.toLowerCase(), value];
};

/** The next line, or an empty one at the very end: some clients leave the last line break out. */
const lastLineOf = async (cursor: Cursor, framing: Framing): Promise<string> => {
  const line = await cursor.line(MAX_LINE);
  if (line === undefined && (await cursor.piece(1))) throw malformed(framing);
  return line ?? '';
};

const takeTrailers = async (cursor: Cursor, framing: Framing): Promise<Trailers> => {
  let [signable, signature] = ['', ''];
  for (let count = 0; count <= MAX_TRAILERS; count += 1) {
    const line = await lastLineOf(cursor, framing);
    if (line === '') return { signable, signature };
    const [name, value] = trailerOf(line);
    if (name === SIGNATURE_TRAILER) signature = value;
    else if (framing.trailers?.has(name)) {
      signable += `${name}:${value}\n`;
      framing.trailer(name, value);
    } else break;
  }
  throw malformed(framing);
};

const readTrailers = async (cursor: Cursor, framing: Framing): Promise<void> => {
  const { signable, signature } = await takeTrailers(cursor, framing);
  if (framing.chain && !framing.chain.trailer(sha256(signable), signature))
    throw broken(framing, failure('signature_mismatch'));
};

const endOf = async (cursor: Cursor, framing: Framing): Promise<void> => {
  if (framing.trailers) await readTrailers(cursor, framing);
  else if ((await lastLineOf(cursor, framing)) !== '') throw malformed(framing);
};

/** The content of one chunk, as it comes; its signature is judged when all of it has come. */
async function* chunk(
  cursor: Cursor,
  framing: Framing,
  { size, signature }: Head,
): AsyncIterable<Uint8Array> {
  const hash = framing.chain && createHash('sha256');
  let left = size;
  while (left > 0) {
    const piece = await cursor.piece(left);
    if (!piece) throw broken(framing, failure('body_mismatch', 'It ends within a chunk.'));
    hash?.update(piece);
    left -= piece.byteLength;
    yield piece;
  }
  if (hash && !framing.chain?.chunk(hash.digest('hex'), signature))
    throw broken(framing, failure('signature_mismatch'));
}

async function* chunks(cursor: Cursor, framing: Framing): AsyncIterable<Uint8Array> {
  for (;;) {
    const head = await headOf(cursor, framing);
    yield* chunk(cursor, framing, head);
    if (head.size === 0) return endOf(cursor, framing);
    if ((await lineOf(cursor, framing)) !== '') throw malformed(framing);
  }
}

/**
 * The content of a body in `aws-chunked`. The last piece is handed on only when the end is there and its
 * signatures hold: nobody takes a body for whole that is not.
 */
export async function* dechunked(
  source: AsyncIterable<Uint8Array>,
  framing: Framing,
): AsyncIterable<Uint8Array> {
  const cursor = cursorOver(source);
  let held: Uint8Array | undefined;
  try {
    for await (const piece of chunks(cursor, framing)) {
      if (held) yield held;
      held = piece;
    }
  } finally {
    await cursor.close();
  }
  if (held) yield held;
}
