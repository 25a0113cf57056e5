import { beforeEach, describe, expect, it } from 'vitest';
import { DAY, HOUR, instant, MINUTE, plus } from '../../../../src/domain/shared/time.js';
import { newAccountId, newId } from '../../../support/accounts.js';
import { allowed } from '../../../support/entitled.js';
import { type OnAPlan, onAPlan } from './on-a-plan.js';
import { ADMIN, failure, insider, NOW, SYSTEM, value } from './stage.js';

let on: OnAPlan['on'];
let account: OnAPlan['account'];
let use: OnAPlan['use'];
let record: OnAPlan['record'];
let usedIn: OnAPlan['usedIn'];
beforeEach(async () => {
  ({ on, account, use, record, usedIn } = await onAPlan());
});

describe('a use', () => {
  it('counts in all windows at once, and the answer says how the feature stands with it', async () => {
    const noted = await value(record({ value: 8n }));
    expect(noted.record).toMatchObject({ accountId: account, value: 8n, usedAt: NOW, recordedAt: NOW });
    expect(noted.decision).toMatchObject({ outcome: 'warn', used: 8n, remaining: 2n, limit: 10n });
    expect(await usedIn('files')).toEqual([8n, 8n, 8n, 8n]);
    expect(await on.audit()).toMatchObject([
      { action: 'usage.record', accountId: account, data: { records: 1, values: { files: 8 } } },
    ]);
  });

  it('is a fact: one beyond the limit is on record, and what is left is nothing', async () => {
    expect((await value(record({ value: 12 }))).decision).toMatchObject({
      outcome: 'block',
      reason: 'limit_reached',
      remaining: 0n,
    });
  });

  it('counts once however often it is told, with or without the moment it happened', async () => {
    const first = await value(record());
    on.clock.advance(MINUTE);
    expect((await value(record())).record).toEqual(first.record);
    const dated = await value(record({ key: 'dated', usedAt: plus(NOW, 30_000) }));
    expect((await value(record({ key: 'dated', usedAt: plus(NOW, 30_000) }))).record).toEqual(dated.record);
    expect(await usedIn('files')).toEqual([4n, 4n, 4n, 4n]);
    expect(await on.audit()).toHaveLength(2);
  });

  it('with a key that came for another feature, value or moment is refused', async () => {
    await value(record({ usedAt: NOW }));
    for (const other of [{ feature: 'ai_prompts' }, { value: 3 }, { usedAt: plus(NOW, 1) }])
      expect(await failure(record({ usedAt: NOW, ...other }))).toEqual({ kind: 'key_reused', field: 'key' });
    expect(await usedIn('files')).toEqual([2n, 2n, 2n, 2n]);
  });

  it('counts twice in two accounts, whatever its key', async () => {
    const other = await on.onPlan({ files: allowed(10) });
    await value(record());
    await value(on.app.recordUsage(use({ accountId: other }), insider(other)));
    expect([await usedIn('files'), (await on.countOf(other, 'files')).day.used]).toEqual([
      [2n, 2n, 2n, 2n],
      2n,
    ]);
  });

  it('that comes late counts in the windows it happened in', async () => {
    const yesterday = plus(NOW, -DAY);
    const { decision } = await value(record({ feature: 'ai_prompts', value: 5, usedAt: yesterday }, ADMIN));
    expect(decision).toMatchObject({ outcome: 'allow', used: 0n });
    // Of the billing period, which began at noon today, it is none.
    expect(await usedIn('ai_prompts')).toEqual([0n, 5n, 0n, 5n]);
  });

  it.each([
    ['an unknown feature', { feature: 'no_such' }, 'feature_unknown', 'feature'],
    ['an unknown id of a feature', { feature: newId() }, 'feature_unknown', 'feature'],
    ['a feature that is not counted', { feature: 'file_size_mb' }, 'not_metered', 'feature'],
    ['one that is had or not', { feature: 'paid_instances' }, 'not_metered', 'feature'],
    ['one that is counted by what is held', { feature: 'buckets' }, 'not_metered', 'feature'],
    ['one that is counted where it happens', { feature: 'tokens_issued' }, 'not_metered', 'feature'],
    ['nothing', { value: 0 }, 'invalid_value', 'value'],
    ['less than nothing', { value: -1 }, 'invalid_value', 'value'],
    ['a fraction', { value: 1.5 }, 'invalid_value', 'value'],
    ['more than can be read', { value: 2n ** 53n }, 'invalid_value', 'value'],
    ['the future', { usedAt: plus(NOW, 5 * MINUTE + 1) }, 'invalid_value', 'used_at'],
    [
      'a day that is over',
      { feature: 'ai_prompts', usedAt: plus(NOW, -12 * HOUR - 1) },
      'invalid_value',
      'used_at',
    ],
    ['a month that is over', { usedAt: instant(Date.UTC(2026, 0, 1) - 1) }, 'invalid_value', 'used_at'],
    ['a key of the server’s own', { key: 'reservation:1' }, 'invalid_value', 'key'],
  ])('of %s is refused and leaves nothing', async (_what, over, kind, field) => {
    expect(await failure(record(over))).toMatchObject({ kind, field });
    expect([await on.rows('usage_records'), await on.audit()]).toEqual([[], []]);
  });

  it('of what the plan lacks is refused with the decision, and leaves nothing but its audit row', async () => {
    const decision = { feature: 'synthetic_rows', outcome: 'block', reason: 'not_in_plan' };
    expect(await failure(record({ feature: 'synthetic_rows' }))).toMatchObject({
      kind: 'not_in_plan',
      decision,
    });
    const batch = ['1', '2'].map((key) => use({ feature: 'synthetic_rows', key }));
    await value(on.app.recordBatch([...batch, use({ key: '3' })], insider(account)));
    expect(await on.rows('usage_records')).toHaveLength(1);
    expect((await on.audit()).map(({ action, actor, data }) => [action, actor.kind, data])).toEqual([
      ['entitlement.refused', 'user', expect.objectContaining(decision)],
      ['entitlement.refused', 'user', expect.objectContaining(decision)],
      ['usage.record', 'user', { records: 1, values: { files: 2 } }],
    ]);
  });

  it('that was just over when it was told of counts in the windows it happened in', async () => {
    on.clock.advance(12 * HOUR + 5 * MINUTE);
    const late = plus(on.clock.now(), -5 * MINUTE);
    await value(record({ feature: 'ai_prompts', usedAt: plus(late, -1), key: 'before' }, ADMIN));
    expect(await failure(record({ feature: 'ai_prompts', usedAt: plus(late, -1) }))).toMatchObject({
      field: 'used_at',
    });
    await value(record({ feature: 'ai_prompts', usedAt: late }));
    expect((await on.countOf(account, 'ai_prompts')).day.used).toBe(2n);
  });

  it('of an account that is not there is refused', async () => {
    expect(await failure(record({ accountId: newAccountId() }))).toEqual({ kind: 'not_found' });
  });

  it('is taken of platform admins where the plan lacks it, back, and for longer', async () => {
    await value(record({ feature: 'synthetic_rows', value: 7, key: '1' }, ADMIN));
    await value(record({ feature: 'synthetic_rows', value: -2, key: '2', usedAt: plus(NOW, -DAY) }, ADMIN));
    await value(
      record({ feature: 'synthetic_rows', value: 1, key: '3', usedAt: plus(NOW, -400 * DAY) }, ADMIN),
    );
    expect(await failure(record({ key: '4', usedAt: plus(NOW, -400 * DAY - 1) }, ADMIN))).toMatchObject({
      field: 'used_at',
    });
    expect(await usedIn('synthetic_rows')).toEqual([7n, 5n, 7n, 6n]);
    expect(new Set((await on.audit()).map(({ actor }) => actor.kind))).toEqual(new Set(['platform_admin']));
  });

  it('that the server itself counts needs no plan and is nobody’s deed', async () => {
    await value(record({ feature: 'tokens_issued', value: 3 }, SYSTEM));
    expect(await on.audit()).toEqual([]);
    const today = await value(on.app.windowUse(account, ['tokens_issued', 'api_calls', 'no_such'], NOW));
    expect([...today]).toEqual([
      ['tokens_issued', 3n],
      ['api_calls', 0n],
      ['no_such', 0n],
    ]);
  });
});

describe('a batch', () => {
  it('records what it can, in one transaction, and says of each row what became of it', async () => {
    const { id } = await value(on.readers.feature('files'));
    await value(record({ key: 'before' }));
    const rows = [
      use({ key: '1', feature: id }),
      use({ key: '2', value: 1.5 }),
      use({ key: 'before' }),
      use({ key: '1', value: 9 }),
      use({ key: '3', feature: 'ai_prompts', value: 1 }),
      use({ key: '4', accountId: newAccountId() }),
    ];
    const outcomes = await value(on.app.recordBatch(rows, insider(account)));
    expect(
      outcomes.map((row) => (row.outcome === 'refused' ? row.failure.kind : [row.outcome, row.record.value])),
    ).toEqual([
      ['recorded', 2n],
      'invalid_value',
      ['again', 2n],
      'key_reused',
      ['recorded', 1n],
      'not_found',
    ]);
    expect(await usedIn('files')).toEqual([4n, 4n, 4n, 4n]);
    expect((await on.audit()).at(-1)).toMatchObject({
      data: { records: 2, values: { files: 2, ai_prompts: 1 } },
    });
    const again = await value(on.app.recordBatch(rows, insider(account)));
    expect(again.map(({ outcome }) => outcome)).toEqual([
      'again',
      'refused',
      'again',
      'refused',
      'again',
      'refused',
    ]);
    expect(await usedIn('files')).toEqual([4n, 4n, 4n, 4n]);
  });

  it('has at most a thousand rows', async () => {
    const rows = Array.from({ length: 1_001 }, (_, n) => use({ key: `${n}` }));
    expect(await failure(on.app.recordBatch(rows, insider(account)))).toEqual({
      kind: 'batch_too_large',
      limit: 1_000,
    });
    expect(await value(on.app.recordBatch([], insider(account)))).toEqual([]);
  });
});

it('tells once in a window that use comes near its limit, and once that it has reached it', async () => {
  const crossings = async () =>
    (await on.events()).map(({ type, data }) => [type, data['used'], data['window_start']]);
  const prompts = (value_: number, key: string) =>
    value(record({ feature: 'ai_prompts', value: value_, key }));
  await prompts(3, '1');
  expect(await crossings()).toEqual([]);
  await prompts(1, '2');
  await prompts(1, '3');
  await prompts(1, '4');
  const day = '2026-01-31T00:00:00.000Z';
  expect(await crossings()).toEqual([
    ['entitlement.warned', 4, day],
    ['entitlement.reached', 5, day],
  ]);
  on.clock.set(instant(Date.UTC(2026, 1, 1)));
  await prompts(5, '5');
  expect((await crossings()).slice(2)).toEqual([
    ['entitlement.warned', 5, '2026-02-01T00:00:00.000Z'],
    ['entitlement.reached', 5, '2026-02-01T00:00:00.000Z'],
  ]);
});

it('lists what was recorded, newest first, of all features or of one', async () => {
  await value(record({ key: '1' }));
  await value(record({ key: '2', feature: 'ai_prompts' }));
  const keys = async (feature?: string) =>
    (await value(on.app.usageOf(account, { size: 10 }, feature))).items.map(({ key }) => key);
  expect([await keys(), await keys('files')]).toEqual([['2', '1'], ['1']]);
  expect(await failure(on.app.usageOf(account, { size: 10 }, 'no_such'))).toMatchObject({
    kind: 'feature_unknown',
  });
});
