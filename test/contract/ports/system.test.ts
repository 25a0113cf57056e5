import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countingIds } from '../../../src/adapters/memory/shared/counting-ids.js';
import { fixedClock } from '../../../src/adapters/memory/shared/fixed-clock.js';
import { seededRandom } from '../../../src/adapters/memory/shared/seeded-random.js';
import { tableCrc32 } from '../../../src/adapters/memory/shared/table-crc32.js';
import { systemClock } from '../../../src/adapters/system/clock.js';
import { systemCrc32 } from '../../../src/adapters/system/crc32.js';
import { systemDigest } from '../../../src/adapters/system/digest.js';
import { systemIds } from '../../../src/adapters/system/ids.js';
import { systemRandom } from '../../../src/adapters/system/random.js';
import { isUuid } from '../../../src/domain/shared/ids.js';
import { instant } from '../../../src/domain/shared/time.js';

describe.each([
  ['system', systemIds],
  ['counting', countingIds()],
])('Ids: %s', (_name, ids) => {
  it('makes ids that are ours, new each time, and sort in the order they were made', () => {
    const made = Array.from({ length: 10_000 }, () => ids.next());
    expect(made.every((id) => isUuid(id) && id[14] === '7')).toBe(true);
    expect(new Set(made).size).toBe(made.length);
    expect([...made].sort()).toEqual(made);
  });
});

describe.each([
  ['system', systemRandom],
  ['seeded', seededRandom(7)],
])('Random: %s', (_name, random) => {
  it('makes text of the length of its bytes in base64url, never the same twice', () => {
    for (const bytes of [1, 12, 32])
      expect(random.token(bytes)).toMatch(new RegExp(`^[A-Za-z0-9_-]{${Math.ceil((bytes * 4) / 3)}}$`));
    expect(new Set(Array.from({ length: 1_000 }, () => random.token(16))).size).toBe(1_000);
  });
});

describe.each([
  ['system', systemClock],
  ['fixed', fixedClock(instant(Date.UTC(2026, 0, 1)))],
])('Clock: %s', (_name, clock) => {
  it('tells whole milliseconds and does not run backwards', () => {
    const seen = Array.from({ length: 100 }, () => clock.now());
    expect(seen.every(Number.isInteger)).toBe(true);
    expect([...seen].sort((a, b) => a - b)).toEqual(seen);
  });
});

it('digests as everybody’s SHA-256 does', () => {
  expect(systemDigest.sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

describe.each([
  ['system', systemCrc32],
  ['table', tableCrc32],
])('Crc32: %s', (_name, crc32) => {
  it('gives the check value of the standard, and nothing for nothing', () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
    expect(crc32(new Uint8Array())).toBe(0);
  });

  it('comes to the same in one piece and in several, and as the other does', () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (bytes, cut) => {
        expect(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut)))).toBe(tableCrc32(bytes));
        expect(crc32(bytes)).toBe(systemCrc32(bytes));
      }),
    ));
});
