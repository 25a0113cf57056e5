import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { err, ok, type Result } from 'neverthrow';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { Bytes, PutOptions, StoreFull } from '../../ports/storage/object-store.js';
import { type BodyRefusal, heldBody } from '../kit/held-body.js';
import type { Room } from './room.js';

export type Received = { readonly size: number; readonly crc32: string };
export type Collected = Received & { readonly bytes: Buffer };
export type Refused = BodyRefusal | StoreFull | Unavailable;

/** What is said of a body before it comes. */
export type Announced = Pick<PutOptions, 'length' | 'maxBytes' | 'signal'>;

/** Where the bytes go: as much of an open file as is needed here. */
export type Destination = Pick<FileHandle, 'write' | 'writev' | 'writeFile'>;

const BATCH_BYTES = 256 * 1024;
const BATCH_CHUNKS = 512;

const writeAll = async (handle: Destination, chunks: readonly Uint8Array[], bytes: number): Promise<void> => {
  const [only] = chunks;
  const { bytesWritten } = await (only && chunks.length === 1 ? handle.write(only) : handle.writev(chunks));
  // A disk that fills up takes a part and only then says so.
  if (bytesWritten < bytes) await handle.writeFile(Buffer.concat(chunks).subarray(bytesWritten));
};

/** Where chunks go; `take` is true when enough was collected for a `flush`. */
type Sink = {
  readonly take: (chunk: Uint8Array) => boolean;
  readonly flush: () => Promise<void>;
  readonly end: () => Promise<void>;
  /** For those who give up: when nothing is under way any more. */
  readonly idle: () => Promise<void>;
};

/** Collects chunks into large writes; one is under way while the next is collected. */
const sinkInto = (handle: Destination): Sink => {
  let batch: Uint8Array[] = [];
  let bytes = 0;
  let writing: Promise<void> = Promise.resolve();
  const flush = async (): Promise<void> => {
    await writing;
    if (bytes === 0) return;
    writing = writeAll(handle, batch, bytes);
    // Awaited by the next flush; until then a failure must not count as unhandled.
    writing.catch(() => undefined);
    batch = [];
    bytes = 0;
  };
  return {
    take: (chunk: Uint8Array): boolean => {
      batch.push(chunk);
      bytes += chunk.byteLength;
      return bytes >= BATCH_BYTES || batch.length >= BATCH_CHUNKS;
    },
    flush,
    end: () => flush().then(() => writing),
    idle: () => writing.catch(() => undefined),
  };
};

const receiveInto = async (
  sink: Sink,
  body: Bytes,
  options: Announced,
  room: Room,
): Promise<Result<Received, Refused>> => {
  const held = heldBody(body, options);
  const early = held.refusal();
  if (early) return err(early);
  let [size, checksum] = [0, 0];
  try {
    for await (const chunk of held.bytes) {
      size += chunk.byteLength;
      checksum = crc32(chunk, checksum);
      if (!sink.take(chunk)) continue;
      await sink.flush();
      const enough = await room(0);
      if (enough.isErr()) return err(enough.error);
    }
    const refusal = held.refusal();
    if (refusal) return err(refusal);
    await sink.end();
  } finally {
    await sink.idle();
  }
  return ok({ size, crc32: checksum.toString(16).padStart(8, '0') });
};

/** Streams a body into an open file and holds it to what was announced. Disk errors throw. */
export const receive = (
  handle: Destination,
  body: Bytes,
  options: Announced,
  room: Room,
): Promise<Result<Received, Refused>> => receiveInto(sinkInto(handle), body, options, room);

const done = (): Promise<void> => Promise.resolve();

/** The same into memory, for bodies that were announced to be small. */
export const collect = async (
  body: Bytes,
  options: Announced,
  room: Room,
): Promise<Result<Collected, Refused>> => {
  const chunks: Uint8Array[] = [];
  const take = (chunk: Uint8Array): boolean => {
    chunks.push(chunk);
    return false;
  };
  const received = await receiveInto({ take, flush: done, end: done, idle: done }, body, options, room);
  return received.map((outcome) => ({ ...outcome, bytes: Buffer.concat(chunks) }));
};
