import { errAsync, okAsync } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { DOWN, kindOf, LIMIT, NOBODY, size, stage, value } from './stage.js';

const FULL = 'storage_quota_exceeded';

describe('The allowance of a project', () => {
  it('asks for the total once in a quarter of a second, however much is stored meanwhile', async () => {
    const { clock, bucket, asked, process } = stage();
    const { allowance, tally } = process();
    for (let n = 0; n < 100; n += 1) {
      const claim = allowance.claim(bucket.accountId, NOBODY);
      await value(claim.take(size(1, 0)));
      tally.note(bucket, { added: size(1) });
      claim.end();
    }
    expect(asked()).toBe(1);
    clock.advance(249);
    await value(allowance.claim(bucket.accountId, NOBODY).take(size(1, 0)));
    expect(asked()).toBe(1);
    clock.advance(1);
    await value(allowance.claim(bucket.accountId, NOBODY).take(size(1, 0)));
    expect(asked()).toBe(2);
  });

  it('asks once for a crowd that comes at the same moment, and again when there was no answer', async () => {
    const { bucket, asked, down, process } = stage();
    const { allowance } = process();
    const crowd = () =>
      Promise.all(
        Array.from({ length: 9 }, () => kindOf(allowance.claim(bucket.accountId, NOBODY).take(size(1, 0)))),
      );
    down(true);
    expect([new Set(await crowd()), asked()]).toEqual([new Set(['unavailable']), 1]);
    down(false);
    expect([new Set(await crowd()), asked()]).toEqual([new Set(['ok']), 2]);
  });

  it('lets through what fits to the byte, of any crowd, and what it let go fits again', async () => {
    const { bucket, process } = stage();
    const { allowance } = process();
    const claims = Array.from({ length: 50 }, () => allowance.claim(bucket.accountId, NOBODY));
    const kinds = await Promise.all(claims.map((claim) => kindOf(claim.take(size(100, 0)))));
    expect(kinds.filter((kind) => kind === 'ok')).toHaveLength(LIMIT / 100);
    for (const claim of claims) claim.end();
    for (const claim of claims) claim.end();
    const all = allowance.claim(bucket.accountId, NOBODY);
    expect([await kindOf(all.take(size(LIMIT, 0))), await kindOf(all.take(size(1, 0)))]).toEqual([
      'ok',
      FULL,
    ]);
  });

  it('counts what is on its way once, before it is handed over and after', async () => {
    const { clock, bucket, process } = stage();
    const { allowance, tally } = process();
    const fits = async (bytes: number) => {
      const claim = allowance.claim(bucket.accountId, NOBODY);
      const kind = await kindOf(claim.take(size(bytes, 0)));
      claim.end();
      return kind;
    };
    tally.note(bucket, { added: size(600) });
    expect([await fits(401), await fits(400)]).toEqual([FULL, 'ok']);
    const [flushed, during] = [tally.flush(), fits(400)];
    await value(flushed);
    expect(await during).toBe('ok');
    expect([await fits(401), await fits(400)]).toEqual([FULL, 'ok']);
    tally.note(bucket, { freed: size(600) });
    expect(await fits(LIMIT)).toBe('ok');
    await value(tally.flush());
    clock.advance(250);
    expect(await fits(LIMIT)).toBe('ok');
  });

  it('knows of what another process stored a quarter of a second after that was handed over', async () => {
    const { clock, bucket, process } = stage();
    const [here, there] = [process(), process()];
    await value(here.allowance.claim(bucket.accountId, NOBODY).take(size(1, 0)));
    there.tally.note(bucket, { added: size(900) });
    await value(there.tally.flush());
    clock.advance(250);
    expect(await kindOf(here.allowance.claim(bucket.accountId, NOBODY).take(size(200, 0)))).toBe(FULL);
  });

  it('asks what is replaced only when there is no room otherwise, and takes that off', async () => {
    const { bucket, process } = stage();
    const { allowance, tally } = process();
    let asked = 0;
    const replacing = (bytes: number) =>
      allowance.claim(bucket.accountId, () => {
        asked += 1;
        return okAsync(size(bytes, 0));
      });
    tally.note(bucket, { added: size(600) });
    const small = replacing(600);
    expect([await kindOf(small.take(size(400, 0))), asked]).toEqual(['ok', 0]);
    expect([await kindOf(small.take(size(600, 0))), asked]).toEqual(['ok', 1]);
    expect([await kindOf(small.take(size(1, 0))), asked]).toEqual([FULL, 1]);
    small.end();
    const unknown = allowance.claim(bucket.accountId, () => errAsync(DOWN));
    expect(await kindOf(unknown.take(size(500, 0)))).toBe('unavailable');
  });

  it('refuses nothing that takes no room, even where there is too much already', async () => {
    const { bucket, process } = stage();
    const { allowance, tally } = process();
    tally.note(bucket, { added: size(2 * LIMIT) });
    const replacing = allowance.claim(bucket.accountId, () => okAsync(size(50, 0)));
    expect([await kindOf(replacing.take(size(0, 0))), await kindOf(replacing.take(size(50, 0)))]).toEqual([
      'ok',
      'ok',
    ]);
    expect(await kindOf(replacing.take(size(1, 0)))).toBe(FULL);
  });

  it('lets through as many objects as fit, where what is replaced makes way for one', async () => {
    const { bucket, process } = stage();
    const { allowance, tally } = process(3);
    tally.note(bucket, { added: size(10, 2) });
    expect(await kindOf(allowance.claim(bucket.accountId, NOBODY).take(size(0)))).toBe('ok');
    const refused = (await allowance.claim(bucket.accountId, NOBODY).take(size(0)))._unsafeUnwrapErr();
    expect(refused).toMatchObject({ kind: FULL, decision: { feature: 'objects', limit: 3n, used: 3n } });
    const replacing = allowance.claim(bucket.accountId, () => okAsync(size(1)));
    expect([await kindOf(replacing.take(size(5))), await kindOf(replacing.take(size(5)))]).toEqual([
      'ok',
      FULL,
    ]);
  });

  it('stores nothing while the total is not known', async () => {
    const { bucket, down, process } = stage();
    down(true);
    expect(await kindOf(process().allowance.claim(bucket.accountId, NOBODY).take(size(1, 0)))).toBe(
      'unavailable',
    );
  });
});
