import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instant } from '../../../src/domain/shared/time.js';
import {
  archiveLength,
  centralHeader,
  dataDescriptor,
  endOfArchive,
  itemLength,
  localHeader,
  type ZipItem,
} from '../../../src/domain/storage/zip.js';
import { centralLine, endOf } from '../../support/zip.js';

const at = instant(Date.UTC(2026, 1, 28, 23, 59, 58));
const item = (over: Partial<ZipItem> = {}): ZipItem => ({
  name: 'a',
  size: 0,
  modifiedAt: at,
  form: 'streamed',
  ...over,
});
const GIB = 2 ** 30;
const EDGES = [0, 1, 2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1, 2 ** 32, 50 * GIB];
const anyItem = fc.record({
  name: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
  size: fc.oneof(fc.constantFrom(...EDGES), fc.nat({ max: 60 * GIB })),
  modifiedAt: fc.constant(at),
  form: fc.constantFrom('whole' as const, 'streamed' as const),
});

describe('the records of an archive', () => {
  it('are as long as was computed before any was written, whatever the sizes', () =>
    fc.assert(
      fc.property(fc.array(anyItem, { maxLength: 12 }), (items) => {
        let [offset, size] = [0, 0];
        const lines = items.map((one) => {
          const written = localHeader(one, 7).length + one.size + dataDescriptor(one, 7).length;
          expect(itemLength(one)).toBe(written);
          const line = centralHeader(one, 7, offset);
          offset += written;
          size += line.length;
          return line;
        });
        const end = endOfArchive({ count: items.length, size, offset });
        expect(archiveLength(items)).toBe(offset + size + end.length);
        let begins = 0;
        for (const [index, line] of lines.entries()) {
          const read = centralLine(Buffer.from(line), 0);
          expect([read.name, read.size, read.offset, read.next]).toEqual([
            items[index]?.name,
            items[index]?.size,
            begins,
            line.length,
          ]);
          begins += itemLength(items[index] ?? item());
        }
        expect(endOf(Buffer.from(end))).toMatchObject({ count: items.length, size, offset });
      }),
    ));

  it.each([
    ['a member one byte below the limit', [item({ size: 2 ** 32 - 2 })], false],
    ['a member at the limit', [item({ size: 2 ** 32 - 1 })], true],
    ['small members', [item(), item({ name: 'b', size: 5 })], false],
  ])('speak ZIP64 only where it is needed: %s', (_what, items, large) => {
    const [one = item()] = items;
    expect(Buffer.from(localHeader(one, 0)).readUInt16LE(4)).toBe(large ? 45 : 20);
    expect(centralLine(Buffer.from(centralHeader(one, 0, 0)), 0).version).toBe(large ? 45 : 20);
    expect(dataDescriptor(one, 0).length).toBe(large ? 24 : 16);
  });

  it('speak ZIP64 of a small member that begins beyond 4 GiB, and only of its place', () => {
    const far = Buffer.from(centralHeader(item({ size: 3 }), 0, 2 ** 32 - 1));
    expect(centralLine(far, 0)).toMatchObject({ size: 3, offset: 2 ** 32 - 1, version: 45 });
    expect(far.length - centralHeader(item({ size: 3 }), 0, 2 ** 32 - 2).length).toBe(12);
  });

  it.each([
    [65_534, 0, 0, false],
    [65_535, 0, 0, true],
    [1, 2 ** 32 - 2, 0, false],
    [1, 2 ** 32 - 1, 0, true],
    [1, 0, 2 ** 32 - 2, false],
    [1, 0, 2 ** 32 - 1, true],
  ])('end with %i members, a directory of %i bytes at %i', (count, size, offset, zip64) => {
    const end = Buffer.from(endOfArchive({ count, size, offset }));
    expect(endOf(end)).toMatchObject({ count, size, offset, zip64 });
    expect(end.length).toBe(zip64 ? 98 : 22);
    if (zip64) expect(endOf(end).locator).toBe(offset + size);
  });

  it.each([
    ['1970-01-01T00:00:00Z', '1980-01-01T00:00:00.000Z'],
    ['1980-01-01T00:00:00Z', '1980-01-01T00:00:00.000Z'],
    ['2026-02-28T23:59:59.999Z', '2026-02-28T23:59:58.000Z'],
    ['2107-12-31T23:59:59Z', '2107-12-31T23:59:58.000Z'],
    ['2200-01-01T00:00:00Z', '2107-12-31T23:59:58.000Z'],
  ])('hold %s as %s', (given, held) => {
    const line = centralHeader(item({ modifiedAt: instant(Date.parse(given)) }), 0, 0);
    expect(centralLine(Buffer.from(line), 0).modified).toBe(held);
  });

  it('say that names are UTF-8, that streamed checksums follow, and what is a directory', () => {
    const read = (over: Partial<ZipItem>) =>
      centralLine(Buffer.from(centralHeader(item({ name: 'ä/', ...over }), 0, 0)), 0);
    expect(read({ form: 'streamed' })).toMatchObject({ name: 'ä/', flags: 0x808, mode: 0o100644 });
    expect(read({ form: 'directory' })).toMatchObject({ flags: 0x800, mode: 0o40755 });
  });
});
