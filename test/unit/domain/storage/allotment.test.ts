import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { grantOf, prefetch, type Want } from '../../../../src/domain/storage/allotment.js';
import { NOTHING } from '../../../../src/domain/storage/storage-size.js';

const LIMIT = { bytes: 1_000, objects: 50 };
const wanting = (bytes: number, objects = 0): Want<'full'> => ({
  more: { bytes, objects },
  beside: NOTHING,
  ceiling: LIMIT,
  refused: (used, more) =>
    (more.bytes > 0 && used.bytes + more.bytes > LIMIT.bytes) ||
    (more.objects > 0 && used.objects + more.objects > LIMIT.objects)
      ? 'full'
      : undefined,
});

describe('What is granted of an account', () => {
  it('never takes all together beyond the limit, and covers everybody who got something', () => {
    const size = fc.record({ bytes: fc.nat(400), objects: fc.nat(20) });
    const wants = fc.array(size, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(size, size, size, wants, (counted, others, needed, sizes) => {
        const all = sizes.map(({ bytes, objects }) => wanting(bytes, objects));
        const { allotment, refusals } = grantOf({ counted, others, own: undefined }, needed, all);
        expect(allotment === undefined).toBe(refusals.size === all.length);
        if (!allotment) return;
        for (const of of ['bytes', 'objects'] as const) {
          const got = all.filter((want) => !refusals.has(want)).map(({ more }) => more[of]);
          const wanted = got.reduce((sum, more) => sum + more, needed[of]);
          expect(allotment[of]).toBeGreaterThanOrEqual(wanted);
          const sum = counted[of] + others[of];
          // Who asked for nothing of it is let through whatever there is.
          expect(sum + allotment[of]).toBeLessThanOrEqual(Math.max(LIMIT[of], sum + needed[of]));
        }
      }),
    );
  });

  it('goes to whoever came first, and to whom it is enough for after that', () => {
    const all = [wanting(600), wanting(500), wanting(400)];
    const { allotment, refusals } = grantOf(
      { counted: NOTHING, others: NOTHING, own: undefined },
      NOTHING,
      all,
    );
    expect([allotment, [...refusals.keys()]]).toEqual([{ bytes: 1_000, objects: 1 }, [all[1]]]);
  });

  it('takes nothing away that was there', () => {
    const around = { counted: NOTHING, others: NOTHING, own: { bytes: 300, objects: 2 } };
    expect(grantOf(around, NOTHING, [wanting(10, 10)]).allotment).toEqual({ bytes: 300, objects: 11 });
    expect(grantOf(around, NOTHING, [wanting(1_001)]).allotment).toBeUndefined();
  });

  it('has some to spare: as much as is of use, a thirty-second of what is left, nothing of what is not counted', () => {
    const used = { bytes: 360, objects: 18 };
    expect(prefetch({ bytes: 1_000, objects: 50 }, used)).toEqual({ bytes: 20, objects: 1 });
    expect(prefetch({ bytes: 2 ** 50, objects: 10 ** 9 }, used)).toEqual({ bytes: 2 ** 26, objects: 1_024 });
    expect(prefetch({ bytes: 300 }, used)).toEqual(NOTHING);
    expect(prefetch(undefined, used)).toEqual(NOTHING);
  });
});
