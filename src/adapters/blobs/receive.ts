import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { err, ok, type Result } from 'neverthrow';
import type { Unavailable } from '../../ports/shared/failure.js';
import type {
  BodyMismatch,
  Bytes,
  PutOptions,
  StoreFull,
  TooLarge,
} from '../../ports/storage/object-store.js';
import type { Room } from './room.js';

export type Received = { readonly size: number; readonly crc32: string };
export type Collected = Received & { readonly bytes: Buffer };
export type Refused = BodyMismatch | TooLarge | StoreFull | Unavailable;

/** What is said of a body before it comes. */
export type Announced = Pick<PutOptions, 'length' | 'maxBytes' | 'signal'>;

/** Where the bytes go: as much of an open file as is needed here. */
export type Destination = Pick<FileHandle, 'write' | 'writev' | 'writeFile'>;

const BATCH_BYTES = 256 * 1024;
const BATCH_CHUNKS = 512;

const mismatch = (reason: string): BodyMismatch => ({ kind: 'body_mismatch', reason });
const gone = mismatch('the sender went away');

/**
 * The body stays its owner's: a refused HTTP request still needs its socket for the reply, so the
 * stream is left as it is (`pipeline` or a plain `for await` would destroy it).
 */
const chunksOf = (body: Bytes): AsyncIterator<Uint8Array> =>
  body instanceof Readable ? body.iterator({ destroyOnReturn: false }) : body[Symbol.asyncIterator]();

/** Waits for a chunk, or for the sender to leave: a stalled iterator alone would never tell. */
const pull = (
  chunks: AsyncIterator<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<Result<IteratorResult<Uint8Array>, BodyMismatch>> =>
  new Promise((resolve) => {
    const leave = () => resolve(err(gone));
    if (signal?.aborted) return leave();
    signal?.addEventListener('abort', leave, { once: true });
    const settle = (outcome: Result<IteratorResult<Uint8Array>, BodyMismatch>) => {
      signal?.removeEventListener('abort', leave);
      resolve(outcome);
    };
    chunks.next().then(
      (next) => settle(ok(next)),
      () => settle(err(gone)),
    );
  });

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

const tooMuch = (size: number, { length, maxBytes }: Announced): TooLarge | BodyMismatch | undefined => {
  if (size > maxBytes) return { kind: 'object_too_large', maxBytes };
  if (length !== undefined && size > length) return mismatch(`more than the announced ${length} bytes`);
  return undefined;
};

const pour = async (
  chunks: AsyncIterator<Uint8Array>,
  signal: AbortSignal | undefined,
  consume: (chunk: Uint8Array) => Promise<Refused | undefined>,
): Promise<Refused | undefined> => {
  for (;;) {
    const next = await pull(chunks, signal);
    if (next.isErr()) return next.error;
    if (next.value.done) return undefined;
    const refused = await consume(next.value.value);
    if (refused) return refused;
  }
};

const receiveInto = async (
  sink: Sink,
  body: Bytes,
  options: Announced,
  room: Room,
): Promise<Result<Received, Refused>> => {
  const { length, signal } = options;
  const chunks = chunksOf(body);
  let size = 0;
  let checksum = 0;
  const consume = async (chunk: Uint8Array): Promise<Refused | undefined> => {
    size += chunk.byteLength;
    const refused = tooMuch(size, options);
    if (refused) return refused;
    checksum = crc32(chunk, checksum);
    if (!sink.take(chunk)) return undefined;
    await sink.flush();
    const enough = await room(0);
    return enough.isErr() ? enough.error : undefined;
  };
  try {
    const refused = await pour(chunks, signal, consume);
    if (refused) return err(refused);
    await sink.end();
  } finally {
    await sink.idle();
    // Not awaited: a generator that never yields again would never finish returning either.
    chunks.return?.()?.catch(() => undefined);
  }
  if (length !== undefined && size < length) return err(mismatch(`${size} of the announced ${length} bytes`));
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
