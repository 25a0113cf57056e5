import fc from 'fast-check';
import { err, errAsync, ok, okAsync, ResultAsync } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { fixedClock } from '../../../../src/adapters/memory/shared/fixed-clock.js';
import { MAX_AGE, recent } from '../../../../src/application/shared/recent.js';
import { type Instant, instant } from '../../../../src/domain/shared/time.js';

const START = instant(1_000_000);
const rig = (most = 10) => {
  const clock = fixedClock(START);
  return { clock, recall: recent<number, string>({ clock, most }) };
};

/** A value that changes, and how often it was read. */
const source = () => {
  const state = { value: 0, reads: 0 };
  const read = () => {
    state.reads += 1;
    return okAsync<number, string>(state.value);
  };
  return { state, read };
};

/** An answer that somebody else gives when they like. */
const pending = () => {
  let answer: (value: number) => void = () => undefined;
  const promise = new Promise<number>((resolve) => {
    answer = resolve;
  });
  return { read: () => ResultAsync.fromSafePromise<number, string>(promise), answer };
};

describe('what was read a moment ago', () => {
  it('is answered again until it is 250 ms old, and not then', async () => {
    const { clock, recall } = rig();
    const { state, read } = source();
    expect(await recall('a', read)).toEqual(ok(0));
    state.value = 1;
    clock.advance(MAX_AGE - 1);
    expect(await recall('a', read)).toEqual(ok(0));
    clock.advance(1);
    expect(await recall('a', read)).toEqual(ok(1));
    expect(state.reads).toBe(2);
  });

  it('has its age from the moment it was asked for, not from that of the answer', async () => {
    const { clock, recall } = rig();
    const slow = pending();
    const first = recall('a', slow.read);
    clock.advance(MAX_AGE);
    slow.answer(1);
    expect(await first).toEqual(ok(1));
    expect(await recall('a', () => okAsync(2))).toEqual(ok(2));
  });

  it('is read once for all who ask at the same time', async () => {
    const { recall } = rig();
    const slow = pending();
    let reads = 0;
    const asked = Array.from({ length: 20 }, () =>
      recall('a', () => {
        reads += 1;
        return slow.read();
      }),
    );
    slow.answer(7);
    expect(await Promise.all(asked)).toEqual(asked.map(() => ok(7)));
    expect(reads).toBe(1);
  });

  it('is not kept when it failed, or broke', async () => {
    const { recall } = rig();
    expect(await recall('a', () => errAsync('gone'))).toEqual(err('gone'));
    const broken = new ResultAsync<number, string>(Promise.reject(new Error('a defect')));
    await expect(Promise.resolve(recall('a', () => broken))).rejects.toThrow('a defect');
    expect(await recall('a', () => okAsync(1))).toEqual(ok(1));
  });

  it('never comes from a clock that was put back', async () => {
    const { clock, recall } = rig();
    expect(await recall('a', () => okAsync(1))).toEqual(ok(1));
    clock.advance(-1);
    expect(await recall('a', () => okAsync(2))).toEqual(ok(2));
  });

  it('is of so many keys at most, and those that began last', async () => {
    const { recall } = rig(3);
    const { state, read } = source();
    for (const key of ['a', 'b', 'c', 'd', 'd', 'c', 'b']) (await recall(key, read))._unsafeUnwrap();
    expect(state.reads).toBe(4);
    (await recall('a', read))._unsafeUnwrap();
    expect(state.reads).toBe(5);
  });

  it('is never older than 250 ms, whoever asks for what and when', async () => {
    const step = fc.record({
      wait: fc.integer({ min: 0, max: 300 }),
      key: fc.constantFrom('a', 'b', 'c', 'd'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const clock = fixedClock(START);
        const recall = recent<Instant, never>({ clock, most: 3 });
        for (const { wait, key } of steps) {
          clock.advance(wait);
          const readAt = (await recall(key, (at) => okAsync(at)))._unsafeUnwrap();
          expect(clock.now() - readAt).toBeLessThan(MAX_AGE);
        }
      }),
      { numRuns: 100 },
    );
  });
});
