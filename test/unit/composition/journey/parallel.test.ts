import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { inParallel } from '../../../../src/composition/journey/parallel.js';

const never = new AbortController().signal;

describe('work in parallel', () => {
  it('does everything once, and never more at a time than it may', async () => {
    const done: number[] = [];
    const busy = { now: 0, most: 0 };
    const items = Array.from({ length: 50 }, (_, n) => n);
    await inParallel(items, 6, never, async (item) => {
      busy.now += 1;
      busy.most = Math.max(busy.most, busy.now);
      await turn();
      busy.now -= 1;
      done.push(item);
    });

    expect(done.sort((a, b) => a - b)).toEqual(items);
    expect(busy).toEqual({ now: 0, most: 6 });
  });

  it('begins nothing more after the interruption', async () => {
    const stop = new AbortController();
    const begun: number[] = [];
    await inParallel([1, 2, 3, 4], 1, stop.signal, async (item) => {
      begun.push(item);
      if (item === 2) stop.abort();
    });

    expect(begun).toEqual([1, 2]);
  });
});
