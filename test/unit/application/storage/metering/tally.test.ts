import { describe, expect, it } from 'vitest';
import type { AccountId } from '../../../../../src/domain/shared/ids.js';
import { SECOND } from '../../../../../src/domain/shared/time.js';
import { newId } from '../../../../support/accounts.js';
import { kindOf, size, stage, value } from './stage.js';

describe('The tally of a process', () => {
  it('hands over what it counted, each second of a bucket as one change, and nothing twice', async () => {
    const { clock, bucket, batches, used, process } = stage();
    const { tally } = process();
    tally.note(bucket, { added: size(100) });
    tally.note(bucket, { added: size(50), freed: size(100) });
    clock.advance(SECOND);
    tally.note(bucket, { freed: size(20) });
    tally.note(bucket, { freed: size(0, 0) });
    expect([tally.waiting(bucket.accountId).bytes, await used()]).toEqual([30, 0]);
    await value(tally.flush());
    await value(tally.flush());
    expect(batches).toMatchObject([
      [
        { added: size(150, 2), freed: size(100) },
        { added: size(0, 0), freed: size(20), at: clock.now() },
      ],
    ]);
    expect([tally.waiting(bucket.accountId).bytes, await used()]).toEqual([0, 30]);
  });

  it('keeps what the meter does not take, beside what comes meanwhile', async () => {
    const { bucket, used, down, process } = stage();
    const { tally } = process();
    tally.note(bucket, { added: size(100) });
    down(true);
    const failed = kindOf(tally.flush());
    tally.note(bucket, { added: size(7) });
    expect(await failed).toBe('unavailable');
    expect(tally.waiting(bucket.accountId).bytes).toBe(107);
    down(false);
    await value(tally.flush());
    expect([tally.waiting(bucket.accountId).bytes, await used()]).toEqual([0, 107]);
  });

  it('says once of whom more was handed over, and of nobody who holds less than before', async () => {
    const { bucket, down, process } = stage();
    const { tally } = process();
    const accounts = [bucket.accountId, newId() as AccountId, newId() as AccountId];
    const [grows, shrinks, stays] = accounts.map((accountId) => ({ accountId, bucketId: newId() }));
    if (!(grows && shrinks && stays)) throw new Error('there are three');
    tally.note(grows, { added: size(100) });
    tally.note(shrinks, { freed: size(100) });
    tally.note(stays, { added: size(7), freed: size(7) });
    expect(tally.takeGrown()).toEqual([]);
    down(true);
    await kindOf(tally.flush());
    expect(tally.takeGrown()).toEqual([]);
    down(false);
    await value(tally.flush());
    expect(tally.takeGrown()).toEqual([grows.accountId]);
    expect(tally.takeGrown()).toEqual([]);
  });

  it('hands nothing over twice when it is asked to while it does', async () => {
    const { bucket, used, process } = stage();
    const { tally } = process();
    tally.note(bucket, { added: size(1) });
    const first = tally.flush();
    tally.note(bucket, { added: size(10) });
    await Promise.all([first, tally.flush(), tally.flush()].map(value));
    expect([tally.waiting(bucket.accountId).bytes, await used()]).toEqual([0, 11]);
  });

  it('stays small while the meter does not answer, however long that is', async () => {
    const { clock, bucket, batches, used, down, process } = stage();
    const { tally } = process();
    down(true);
    for (let n = 0; n < 25_000; n += 1) {
      tally.note(bucket, { added: size(1) });
      clock.advance(SECOND);
      if (n % 5_000 === 0) expect(await kindOf(tally.flush())).toBe('unavailable');
    }
    down(false);
    await value(tally.flush());
    expect(batches.flat().length).toBeLessThanOrEqual(10_000);
    expect(batches.every((batch) => batch.length <= 1_000)).toBe(true);
    expect(await used()).toBe(25_000);
  });

  it('goes on after a batch that could never be recorded', async () => {
    const { bucket, used, meter, process } = stage();
    const { tally } = process();
    tally.note(bucket, { added: size(5) });
    const { add } = meter;
    Object.assign(meter, {
      add: () => {
        throw new Error('a defect');
      },
    });
    await expect(tally.flush()).rejects.toThrow('a defect');
    Object.assign(meter, { add });
    tally.note({ ...bucket, bucketId: newId() }, { added: size(2) });
    await value(tally.flush());
    expect(await used()).toBe(7);
  });
});
