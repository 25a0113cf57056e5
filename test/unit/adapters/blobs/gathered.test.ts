import { setImmediate as turn } from 'node:timers/promises';
import { err, errAsync, ok, okAsync, ResultAsync } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { gathered } from '../../../../src/adapters/blobs/gathered.js';

type Double = (numbers: readonly number[]) => ResultAsync<readonly number[], 'no'>;
const twice: Double = (numbers) => okAsync(numbers.map((n) => 2 * n));

/** Doubles numbers, and remembers which were asked for together. */
const doubling = ({ most = 10, ask = twice, nameOf = (n: number): unknown => n } = {}) => {
  const batches: (readonly number[])[] = [];
  const double = gathered<number, number, 'no'>({
    most,
    nameOf,
    ask: (numbers) => {
      batches.push(numbers);
      return ask(numbers);
    },
  });
  return { batches, double };
};

describe('questions of one turn', () => {
  it('are asked together, and each is answered', async () => {
    const { batches, double } = doubling();
    expect(await Promise.all([1, 2, 3].map(double))).toEqual([ok(2), ok(4), ok(6)]);
    expect(batches).toEqual([[1, 2, 3]]);
  });

  it('are not kept waiting by those that were asked before', async () => {
    const stalled = new ResultAsync<readonly number[], 'no'>(new Promise(() => undefined));
    const { batches, double } = doubling({
      ask: (numbers) => (numbers.includes(1) ? stalled : twice(numbers)),
    });
    void double(1);
    await turn();
    expect(await double(2)).toEqual(ok(4));
    expect(batches).toEqual([[1], [2]]);
  });

  it('go in more than one batch when they are too many, or have one name', async () => {
    const many = doubling({ most: 2 });
    expect(await Promise.all([1, 2, 3].map(many.double))).toEqual([ok(2), ok(4), ok(6)]);
    expect(many.batches).toEqual([[1, 2], [3]]);
    const alike = doubling({ nameOf: (n) => n % 2 });
    expect(await Promise.all([1, 2, 3, 4].map(alike.double))).toEqual([ok(2), ok(4), ok(6), ok(8)]);
    expect(alike.batches).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('fail together, and those after them do not', async () => {
    let calls = 0;
    const { double } = doubling({
      ask: (numbers) => {
        calls += 1;
        return calls === 1 ? errAsync('no') : twice(numbers);
      },
    });
    expect(await Promise.all([1, 2].map(double))).toEqual([err('no'), err('no')]);
    expect(await double(3)).toEqual(ok(6));
  });

  it('all meet a defect', async () => {
    const { double } = doubling({
      ask: () =>
        okAsync([]).map((): readonly number[] => {
          throw new Error('a defect');
        }),
    });
    const met = await Promise.allSettled([1, 2].map(async (n) => double(n)));
    expect(met.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});
