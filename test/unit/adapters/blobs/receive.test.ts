import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { err, errAsync, ok, okAsync } from 'neverthrow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Destination, receive } from '../../../../src/adapters/blobs/receive.js';
import type { Room } from '../../../../src/adapters/blobs/room.js';
import type { Bytes, PutOptions } from '../../../../src/ports/storage/object-store.js';

let directory: string;
let files = 0;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tollhouse-receive-'));
});
afterAll(() => rm(directory, { recursive: true }));

const plenty: Room = () => okAsync(undefined);

const received = async (body: Bytes, options: Partial<PutOptions> = {}, room = plenty) => {
  files += 1;
  const path = join(directory, `${files}`);
  const handle = await open(path, 'wx');
  const outcome = await receive(handle, body, { maxBytes: 1e9, ...options }, room);
  await handle.close();
  return { outcome, written: await readFile(path) };
};

async function* each(chunks: Iterable<Uint8Array>): Bytes {
  yield* chunks;
}

describe('receiving a body', () => {
  it('writes what came, in order, whatever the pieces, and tells its size and crc32', async () => {
    // Around the sizes at which pieces are gathered into one write.
    const sizes = fc.array(fc.constantFrom(0, 1, 2, 1_000, 65_536, 262_143, 262_144, 262_145), {
      maxLength: 12,
    });
    const property = fc.asyncProperty(sizes, fc.nat(255), async (lengths, seed) => {
      const chunks = lengths.map((length, n) => new Uint8Array(length).fill(seed + n));
      const whole = Buffer.concat(chunks);
      const { outcome, written } = await received(each(chunks));
      expect(outcome).toEqual(ok({ size: whole.length, crc32: crc32(whole).toString(16).padStart(8, '0') }));
      expect(Buffer.compare(written, whole)).toBe(0);
    });
    await fc.assert(property, { numRuns: 60 });
  });

  it('bears a body of very many very small pieces', async () => {
    const chunks = Array.from({ length: 20_000 }, (_, n) => Uint8Array.of(n % 251));
    const { outcome, written } = await received(each(chunks), { length: 20_000 });
    expect(outcome.isOk()).toBe(true);
    expect(Buffer.compare(written, Buffer.concat(chunks))).toBe(0);
  });

  it('keeps the order on a disk that is slow, and goes on where it took only a part', async () => {
    const disk: Uint8Array[] = [];
    const take = async (chunk: Uint8Array, share: number) => {
      // Each write is quicker than the one before it: an impatient writer would be overtaken.
      await after(Math.max(0, 12 - 4 * disk.length));
      const part = chunk.slice(0, Math.ceil(chunk.length * share));
      disk.push(part);
      return { bytesWritten: part.length };
    };
    const slow = {
      write: (chunk: Uint8Array) => take(chunk, 0.5),
      writev: (chunks: readonly Uint8Array[]) => take(Buffer.concat(chunks), 0.7),
      writeFile: (rest: Uint8Array) => take(rest, 1),
    } as unknown as Destination;
    const chunks = Array.from({ length: 9 }, (_, n) => new Uint8Array(n % 2 ? 262_144 : 1_000).fill(n));
    expect((await receive(slow, each(chunks), { maxBytes: 1e9 }, plenty)).isOk()).toBe(true);
    expect(Buffer.compare(Buffer.concat(disk), Buffer.concat(chunks))).toBe(0);
  });

  it('asks for room as it goes and stops when there is none left', async () => {
    let asked = 0;
    const thrice: Room = () => {
      asked += 1;
      return asked <= 3 ? okAsync(undefined) : errAsync({ kind: 'store_full' });
    };
    let sent = 0;
    const endless = async function* () {
      for (;;) {
        sent += 1;
        yield new Uint8Array(262_144);
      }
    };
    const { outcome } = await received(endless(), {}, thrice);
    expect(outcome).toEqual(err({ kind: 'store_full' }));
    expect(sent).toBe(4);
  });
});
