import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { StoredObject } from '../../ports/storage/object-store.js';
import type { Span } from '../kit/byte-range.js';
import { unlessGone } from './disk.js';

export type Body = Pick<StoredObject, 'body' | 'close'>;

export const READ_BYTES = 256 * 1024;
/** Up to here one read is less work than a stream. */
const AT_ONCE_BYTES = 64 * 1024;

export const lengthOf = ({ from, to }: Span): number => to - from + 1;

export const EMPTY = (): Body => ({ body: Readable.from([]), close: () => undefined });

/** A stream as a body; `release` is called once, however it ends. */
export const streamed = (stream: Readable, release: () => void = () => undefined): Body => {
  // The reader may have left before the disk failed; whoever still iterates is told by the iterator.
  stream.on('error', () => undefined).once('close', release);
  return { body: stream, close: () => void stream.destroy() };
};

/** Undefined when the file is shorter than its row says. */
const filled = async (handle: FileHandle, { from, to }: Span): Promise<Uint8Array | undefined> => {
  const bytes = Buffer.allocUnsafeSlow(to - from + 1);
  for (let at = 0; at < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, at, bytes.length - at, from + at);
    if (bytesRead === 0) return undefined;
    at += bytesRead;
  }
  return bytes;
};

/** The bytes of a span of an open file, a piece at a time. */
export async function* piecesOf(handle: FileHandle, { from, to }: Span): AsyncGenerator<Uint8Array> {
  for (let at = from; at <= to; at += READ_BYTES) {
    const bytes = await filled(handle, { from: at, to: Math.min(at + READ_BYTES - 1, to) });
    if (!bytes) throw new Error('a file is shorter than its row says');
    yield bytes;
  }
}

/** Bytes that are there already. */
export const held = (bytes: Uint8Array): Body => {
  let closed = false;
  const once = async function* () {
    if (closed) throw new Error('closed before its end');
    yield bytes;
  };
  return {
    body: once(),
    close: () => {
      closed = true;
    },
  };
};

/** A span of a file; undefined when the file is not there, or not all of it. */
export const openBody = async (path: string, span: Span): Promise<Body | undefined> => {
  const handle = await unlessGone(open(path, 'r'));
  if (!handle) return undefined;
  if (lengthOf(span) > AT_ONCE_BYTES)
    return streamed(handle.createReadStream({ start: span.from, end: span.to, highWaterMark: READ_BYTES }));
  try {
    const bytes = await filled(handle, span);
    return bytes && held(bytes);
  } finally {
    await handle.close();
  }
};
