import fc from 'fast-check';
import { okAsync } from 'neverthrow';
import { expect, it } from 'vitest';
import { countingIds } from '../../../../src/adapters/memory/shared/counting-ids.js';
import { fixedClock } from '../../../../src/adapters/memory/shared/fixed-clock.js';
import { tableCrc32 } from '../../../../src/adapters/memory/shared/table-crc32.js';
import { memoryObjects } from '../../../../src/adapters/memory/storage/object-store.js';
import { systemCrc32 } from '../../../../src/adapters/system/crc32.js';
import { archiveOf, gathered, type Member } from '../../../../src/application/storage/archive.js';
import { lookingAhead, SMALL } from '../../../../src/application/storage/look-ahead.js';
import { objectsIn } from '../../../../src/application/storage/objects-in.js';
import { instant } from '../../../../src/domain/shared/time.js';
import type { ObjectKey } from '../../../../src/domain/storage/object-key.js';
import { archiveLength } from '../../../../src/domain/storage/zip.js';
import type { Bytes, ObjectStore } from '../../../../src/ports/storage/object-store.js';
import { readZip } from '../../../support/zip.js';

const BUCKET = 'b';
const clock = fixedClock(instant(Date.UTC(2026, 0, 15)));

/** A store with objects of these sizes, as members of an archive. */
const stored = async (sizes: readonly number[], small = SMALL) => {
  const store = memoryObjects({ clock, ids: countingIds() });
  (await store.createBucket(BUCKET))._unsafeUnwrap();
  const members: Member[] = [];
  for (const [n, size] of sizes.entries()) {
    const bytes = Buffer.alloc(size, `${n} `);
    const body = async function* () {
      yield bytes;
    };
    const key = `k${String(n).padStart(3, '0')}` as ObjectKey;
    const meta = (await store.put(BUCKET, key, body(), { maxBytes: size }))._unsafeUnwrap();
    members.push({ ...meta, name: key, form: size <= small ? 'whole' : 'streamed' });
  }
  return { store, members };
};
const whole = async (bytes: Bytes): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
};

/** Counts what is open and what was asked for. */
const watched = (store: ObjectStore) => {
  const seen = { open: 0, most: 0, asked: [] as string[] };
  const get: ObjectStore['get'] = (bucket, key, options) => {
    seen.asked.push(key);
    seen.open += 1;
    seen.most = Math.max(seen.most, seen.open);
    return store.get(bucket, key, options).map((found) => {
      let closed = false;
      const close = () => {
        if (!closed) seen.open -= 1;
        closed = true;
        found.close();
      };
      return { ...found, close };
    });
  };
  return { seen, store: { ...store, get } };
};

it('holds what the objects hold, in exactly the length that was computed, with either checksum', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(200_000), { maxLength: 25 }),
      fc.nat(200_000),
      fc.constantFrom(tableCrc32, systemCrc32),
      async (sizes, small, crc32) => {
        const { store, members } = await stored(sizes, small);
        const contents = lookingAhead(objectsIn(store, BUCKET), members);
        const zip = await whole(gathered(archiveOf(members, contents, crc32)));
        expect(zip.length).toBe(archiveLength(members));
        const { entries } = readZip(zip);
        expect(entries.map(({ name, size }) => [name, size])).toEqual(
          members.map(({ name, size }) => [name, size]),
        );
        for (const [n, { bytes, crc }] of entries.entries()) {
          expect(bytes.equals(Buffer.alloc(sizes[n] ?? 0, `${n} `))).toBe(true);
          expect(systemCrc32(bytes)).toBe(crc);
        }
      },
    ),
    { numRuns: 25 },
  ));

it('reads sixteen small objects ahead and no more, and never opens a large one before its turn', async () => {
  const { store, members } = await stored([10, SMALL + 1, ...Array(40).fill(10), SMALL + 1]);
  const { seen, store: counting } = watched(store);
  const bytes = archiveOf(members, lookingAhead(objectsIn(counting, BUCKET), members), systemCrc32)[
    Symbol.asyncIterator
  ]();
  await bytes.next();
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect([seen.asked.length, seen.most, seen.asked.includes('k001')]).toEqual([16, 16, false]);
  let sent = 0;
  for (let next = await bytes.next(); !next.done; next = await bytes.next()) {
    sent += 1;
    expect(seen.open).toBeLessThanOrEqual(17);
  }
  expect(sent).toBeGreaterThan(members.length);
  expect([seen.open, seen.asked.length]).toEqual([0, members.length]);
});

it('closes all that is open when the reader leaves, and opens nothing more', async () => {
  const { store, members } = await stored([SMALL + 1, ...Array(40).fill(10)]);
  const { seen, store: counting } = watched(store);
  const contents = lookingAhead(objectsIn(counting, BUCKET), members);
  const bytes = archiveOf(members, contents, systemCrc32)[Symbol.asyncIterator]();
  await bytes.next();
  await bytes.next();
  expect(seen.open).toBe(1);
  contents.close();
  expect(seen.open).toBe(0);
  await expect(whole({ [Symbol.asyncIterator]: () => bytes })).rejects.toThrow();
  expect(seen.open).toBe(0);
});

it('breaks off when the store sends fewer bytes than an object has, large or small', async () => {
  for (const size of [1_000, SMALL + 1]) {
    const { store, members } = await stored([size]);
    const short: ObjectStore = {
      ...store,
      get: (...asked) =>
        store.get(...asked).andThen((found) => {
          const body = async function* () {
            yield new Uint8Array(size - 1);
          };
          return okAsync({ ...found, body: body() });
        }),
    };
    const bytes = archiveOf(members, lookingAhead(objectsIn(short, BUCKET), members), systemCrc32);
    await expect(whole(bytes)).rejects.toThrow(/changed or could not be read/);
  }
});
