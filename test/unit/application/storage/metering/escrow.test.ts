import { describe, expect, it } from 'vitest';
import type { AccountId } from '../../../../../src/domain/shared/ids.js';
import { SECOND } from '../../../../../src/domain/shared/time.js';
import { newId } from '../../../../support/accounts.js';
import { kindOf, LIMIT, NOBODY, size, stage, value } from './stage.js';

const FULL = 'storage_quota_exceeded';
const MIB = 1024 ** 2;

type Stage = ReturnType<typeof stage>;
type Process = ReturnType<Stage['process']>;

const putter =
  ({ bucket }: Stage) =>
  async ({ allowance, tally }: Process, bytes: number, objects = 0) => {
    const claim = allowance.claim(bucket.accountId, NOBODY);
    const kind = await kindOf(claim.take(size(bytes, objects)));
    if (kind === 'ok') tally.note(bucket, { added: size(bytes, objects) });
    claim.end();
    return kind;
  };

describe('Room that a process has set aside', () => {
  it('is asked for once for thousands of small objects, and again when they have used it up', async () => {
    const on = stage();
    const put = putter(on);
    const here = on.processWith({ bytes: 4_096 * MIB, objects: 1_000_000 });
    for (let n = 0; n <= 1_024; n += 1) expect(await put(here, 1_024, 1)).toBe('ok');
    expect(on.grants()).toBe(1);
    expect(await put(here, 1_024, 1)).toBe('ok');
    expect(on.grants()).toBe(2);
    // Only objects are scarce to whom bytes are no matter.
    const there = on.processWith({ bytes: 4_096 * MIB });
    for (let n = 0; n < 3_000; n += 1) await put(there, 1_024, 1);
    expect(on.grants()).toBe(3);
  });

  it('is not asked for by whom nothing is refused', async () => {
    const on = stage();
    const here = on.processWith({});
    for (let n = 0; n < 10; n += 1) expect(await putter(on)(here, LIMIT, 1)).toBe('ok');
    await value(here.settle());
    expect([on.grants(), on.kept, await on.used()]).toEqual([0, [], 10 * LIMIT]);
  });

  it('is asked for once by a crowd that comes at one moment', async () => {
    const on = stage();
    const here = on.process();
    const put = putter(on);
    const kinds = await Promise.all(Array.from({ length: 60 }, () => put(here, 20)));
    expect(kinds.filter((kind) => kind === 'ok')).toHaveLength(50);
    expect(on.grants()).toBeLessThanOrEqual(2);
    expect(await put(here, 1)).toBe(FULL);
  });

  it('is more than is needed only as long as others are hardly kept from anything', async () => {
    const on = stage();
    const put = putter(on);
    const [here, there] = [on.process(), on.process()];
    expect(await put(here, 40)).toBe('ok');
    // 40, and a thirty-second of what is left.
    expect([await put(there, 931), await put(there, 930)]).toEqual([FULL, 'ok']);
    expect([await put(here, 30), await put(here, 1)]).toEqual(['ok', FULL]);
  });

  it('goes back within two seconds, what is still needed aside, and at the end at once', async () => {
    const on = stage();
    const put = putter(on);
    const [here, there] = [on.process(), on.process()];
    const claim = here.allowance.claim(on.bucket.accountId, NOBODY);
    await value(claim.take(size(100, 0)));
    expect(await put(there, 900)).toBe(FULL);
    on.clock.advance(SECOND - 1);
    await value(here.settle());
    expect(await put(there, 900)).toBe(FULL);
    on.clock.advance(SECOND);
    await value(here.settle());
    expect(await put(there, 900)).toBe('ok');
    expect(await put(there, 1)).toBe(FULL);
    claim.end();
    expect(await put(there, 100)).toBe(FULL);
    await value(here.end());
    expect(await put(there, 100)).toBe('ok');
  });

  it('is renewed as long as somebody needs it, and lapses a minute after that was last said', async () => {
    const on = stage();
    const put = putter(on);
    const [here, there] = [on.process(), on.process()];
    await value(here.allowance.claim(on.bucket.accountId, NOBODY).take(size(600, 0)));
    for (let second = 0; second < 120; second += 1) {
      on.clock.advance(SECOND);
      await value(here.settle());
    }
    expect(on.kept.length).toBeLessThanOrEqual(7);
    expect(await put(there, 401)).toBe(FULL);
    on.clock.advance(39 * SECOND);
    expect(await put(there, 401)).toBe(FULL);
    on.clock.advance(21 * SECOND);
    expect(await put(there, 401)).toBe('ok');
  });

  it('is not relied on by a process that was away for long, which asks anew for all that it needs', async () => {
    const on = stage();
    const put = putter(on);
    const [here, there] = [on.process(), on.process()];
    const claim = here.allowance.claim(on.bucket.accountId, NOBODY);
    await value(claim.take(size(600, 0)));
    on.clock.advance(70 * SECOND);
    expect(await put(there, 380)).toBe('ok');
    expect(await kindOf(claim.take(size(2, 0)))).toBe(FULL);
    expect(await kindOf(claim.take(size(1, 0)))).toBe('ok');
    await value(there.end());
    // What it is storing all the time counts again.
    expect([await put(there, 20), await put(there, 19)]).toEqual([FULL, 'ok']);
  });

  it('is put right when nobody heard that it was granted', async () => {
    const on = stage();
    const put = putter(on);
    const [here, there] = [on.process(), on.process()];
    on.lose(true);
    expect(await put(here, 900)).toBe('unavailable');
    on.lose(false);
    expect(await put(there, 900)).toBe(FULL);
    await value(here.settle());
    expect(await put(there, 900)).toBe('ok');
    on.down(true);
    on.clock.advance(2 * SECOND);
    expect(await put(here, 50)).toBe('unavailable');
    expect(await kindOf(there.settle())).toBe('unavailable');
    on.down(false);
    await value(there.settle());
    expect(await put(here, 100)).toBe('ok');
  });

  it('is not there any more once what it was for is counted', async () => {
    const on = stage();
    const put = putter(on);
    const processes = [on.process(), on.process()];
    for (const one of processes) expect(await put(one, 400)).toBe('ok');
    for (const { tally } of processes) await value(tally.flush());
    const kinds = await Promise.all(processes.map((one) => put(one, 150)));
    expect(kinds.sort()).toEqual(['ok', FULL]);
  });

  it('is left alone by others while somebody counts on all of it', async () => {
    const on = stage();
    const here = on.process();
    const take = (bytes: number) =>
      kindOf(here.allowance.claim(on.bucket.accountId, NOBODY).take(size(bytes, 0)));
    expect(await take(500)).toBe('ok');
    const late: Promise<string>[] = [];
    on.meanwhile(() => {
      if (late.length === 0) late.push(take(15));
    });
    expect([await take(500), await Promise.all(late)]).toEqual(['ok', [FULL]]);
  });

  it('comes once from what was freed in a bucket that has ended since', async () => {
    const on = stage();
    const [here, there] = [on.process(), on.process()];
    const put = putter(on);
    expect(await put(here, 600)).toBe('ok');
    await value(here.end());
    there.tally.note(on.bucket, { freed: size(600, 0) });
    await value(on.meter.end(on.bucket, on.clock.now()));
    const elsewhere = putter({ ...on, bucket: { ...on.bucket, bucketId: newId() } });
    expect([await elsewhere(there, LIMIT), await elsewhere(there, 1)]).toEqual(['ok', FULL]);
    await value(there.end());
    expect(await on.used()).toBe(LIMIT);
  });

  it('is held by nobody who has left by the time it is there', async () => {
    const on = stage();
    const here = on.process();
    const claim = here.allowance.claim(on.bucket.accountId, NOBODY);
    const taken = kindOf(claim.take(size(LIMIT, 0)));
    claim.end();
    await taken;
    on.clock.advance(SECOND);
    await value(here.settle());
    expect(await putter(on)(on.process(), LIMIT)).toBe('ok');
  });

  it('of one project says nothing of another', async () => {
    const on = stage();
    const here = on.process();
    const other = { bucket: { accountId: newId() as AccountId, bucketId: newId() } };
    const [put, putElsewhere] = [putter(on), putter({ ...on, ...other })];
    expect([await put(here, LIMIT), await putElsewhere(here, LIMIT)]).toEqual(['ok', 'ok']);
    expect([await put(here, 1), await putElsewhere(here, 1)]).toEqual([FULL, FULL]);
  });
});
