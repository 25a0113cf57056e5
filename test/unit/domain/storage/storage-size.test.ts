import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drift, NOTHING, type StorageSize } from '../../../../src/domain/storage/storage-size.js';

const size = (bytes: number, objects = bytes): StorageSize => ({ bytes, objects });
const amount = fc.integer({ min: 0, max: 1_000 });

describe('The drift of a ledger', () => {
  it('is all of the difference where nothing came or left during the listing', () => {
    const quiet = { added: NOTHING, freed: NOTHING };
    expect(drift(size(70, 3), size(100, 2), quiet)).toEqual({ bytes: -30, objects: 1 });
    expect(drift(size(5), size(5), quiet)).toEqual(NOTHING);
  });

  it('is only what neither comings nor goings explain', () => {
    expect(drift(size(70), size(100), { added: size(20), freed: NOTHING })).toEqual(size(-10));
    expect(drift(size(130), size(100), { added: NOTHING, freed: size(20) })).toEqual(size(10));
    expect(drift(size(70), size(100), { added: size(30), freed: NOTHING })).toEqual(NOTHING);
    expect(drift(size(130), size(100), { added: NOTHING, freed: size(30) })).toEqual(NOTHING);
  });

  it('never takes a right ledger for wrong, whichever of the changes a listing has seen', () => {
    const change = fc.record({ added: amount, freed: amount, isSeen: fc.boolean() });
    fc.assert(
      fc.property(amount, fc.array(change), (before, changes) => {
        const total = (of: (one: (typeof changes)[number]) => number) =>
          changes.reduce((sum, one) => sum + of(one), 0);
        const listed = before + total(({ added, freed, isSeen }) => (isSeen ? added - freed : 0));
        const turnover = { added: size(total((c) => c.added)), freed: size(total((c) => c.freed)) };
        const ledger = size(before + turnover.added.bytes - turnover.freed.bytes);
        const wrong = drift(size(listed), ledger, turnover);
        expect(Math.abs(wrong.bytes) + Math.abs(wrong.objects)).toBe(0);
      }),
    );
  });
});
