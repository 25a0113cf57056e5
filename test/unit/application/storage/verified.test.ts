import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryObjects } from '../../../../src/adapters/memory/storage/object-store.js';
import { systemChecksums } from '../../../../src/adapters/system/checksums.js';
import { systemClock } from '../../../../src/adapters/system/clock.js';
import { systemIds } from '../../../../src/adapters/system/ids.js';
import { type Expectation, verified } from '../../../../src/application/storage/verified.js';
import type { ObjectKey } from '../../../../src/domain/storage/object-key.js';
import type { ChecksumAlgorithm } from '../../../../src/ports/shared/checksums.js';

const ALGORITHMS = ['md5', 'sha1', 'sha256', 'crc32', 'crc32c'] as const;

const sumOf = (algorithm: ChecksumAlgorithm, bytes: Uint8Array): string => {
  const sum = systemChecksums(algorithm);
  sum.update(bytes);
  return sum.digest();
};
const sending = async function* (chunks: readonly Uint8Array[], atEnd: () => void = () => undefined) {
  yield* chunks;
  atEnd();
};
/** All that comes through, and whether it came to its end. */
const taken = async (bytes: AsyncIterable<Uint8Array>) => {
  const got: Uint8Array[] = [];
  try {
    for await (const chunk of bytes) got.push(chunk);
    return { whole: true, bytes: Buffer.concat(got) };
  } catch {
    return { whole: false, bytes: Buffer.concat(got) };
  }
};

const chunks = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 6 });
const algorithms = fc.uniqueArray(fc.constantFrom(...ALGORITHMS), { minLength: 1 });
/** What is said of a body, and when: at once, at its end (a trailer), or never. */
const moment = fc.constantFrom('before', 'trailing', 'never');

const told = (body: Uint8Array, algorithm: ChecksumAlgorithm, when: string, ended: () => boolean) => {
  const right = sumOf(algorithm, body);
  return {
    algorithm,
    field: `x-${algorithm}`,
    expected: () => (when === 'before' || (when === 'trailing' && ended()) ? right : undefined),
  } satisfies Expectation;
};

describe('a verified body', () => {
  it('is the same body when all that is said of it is right, whenever that is said', async () => {
    await fc.assert(
      fc.asyncProperty(chunks, algorithms, moment, async (sent, said, when) => {
        const body = Buffer.concat(sent);
        let ended = false;
        const source = sending(sent, () => {
          ended = true;
        });
        const expectations = said.map((algorithm) => told(body, algorithm, when, () => ended));
        const { bytes, mismatch } = verified(source, expectations, systemChecksums);
        expect(await taken(bytes)).toEqual({ whole: true, bytes: body });
        expect(mismatch()).toBeUndefined();
      }),
    );
  });

  it('breaks off before its last byte when any one thing said of it is wrong, and tells which', async () => {
    const lie = fc.record({ algorithm: fc.constantFrom(...ALGORITHMS), body: fc.uint8Array() });
    await fc.assert(
      fc.asyncProperty(chunks, algorithms, lie, fc.boolean(), async (sent, said, wrong, trailing) => {
        const body = Buffer.concat(sent);
        fc.pre(!body.equals(wrong.body));
        let ended = !trailing;
        const source = sending(sent, () => {
          ended = true;
        });
        const expectations: Expectation[] = [
          ...said.map((algorithm) => told(body, algorithm, 'before', () => true)),
          {
            algorithm: wrong.algorithm,
            field: 'the wrong one',
            expected: () => (ended ? sumOf(wrong.algorithm, wrong.body) : undefined),
          },
        ];
        const { bytes, mismatch } = verified(source, expectations, systemChecksums);
        const got = await taken(bytes);
        expect(got.whole).toBe(false);
        expect(body.subarray(0, got.bytes.length)).toEqual(got.bytes);
        expect(got.bytes.length).toBeLessThan(Math.max(1, body.length));
        expect(mismatch()).toEqual({
          kind: 'checksum_mismatch',
          field: 'the wrong one',
          algorithm: wrong.algorithm,
        });
      }),
    );
  });

  it('leaves what a store had when it is wrong, empty or not, of known length or not', async () => {
    const store = memoryObjects({ clock: systemClock, ids: systemIds });
    (await store.createBucket('b'))._unsafeUnwrap();
    const key = 'k' as ObjectKey;
    const before = (
      await store.put('b', key, sending([Buffer.from('old')]), { maxBytes: 100 })
    )._unsafeUnwrap();
    await fc.assert(
      fc.asyncProperty(
        chunks,
        fc.constantFrom(...ALGORITHMS),
        fc.boolean(),
        async (sent, algorithm, known) => {
          const length = known ? Buffer.concat(sent).length : undefined;
          const wrong = {
            algorithm,
            field: 'f',
            expected: () => sumOf(algorithm, Buffer.from('another body')),
          };
          const { bytes, mismatch } = verified(sending(sent), [wrong], systemChecksums);
          expect((await store.put('b', key, bytes, { maxBytes: 1000, length })).isErr()).toBe(true);
          expect(mismatch()).toMatchObject({ kind: 'checksum_mismatch' });
          expect((await store.head('b', key))._unsafeUnwrap()).toEqual(before);
        },
      ),
    );
  });

  it('passes on that its sender broke off, which is no mismatch', async () => {
    const breaking = async function* () {
      yield Buffer.from('half');
      throw new Error('gone');
    };
    const wrong = { algorithm: 'md5', field: 'f', expected: () => 'x' } as const;
    const { bytes, mismatch } = verified(breaking(), [wrong], systemChecksums);
    expect((await taken(bytes)).whole).toBe(false);
    expect(mismatch()).toBeUndefined();
  });

  it('leaves the sender’s stream alone when nobody reads on', async () => {
    const stream = Readable.from([Buffer.from('one'), Buffer.from('two'), Buffer.from('three')]);
    const right = { algorithm: 'md5', field: 'f', expected: () => undefined } as const;
    for await (const _chunk of verified(stream, [right], systemChecksums).bytes) break;
    expect(stream.destroyed).toBe(false);
    expect(stream.read()).toEqual(Buffer.from('three'));
  });
});
