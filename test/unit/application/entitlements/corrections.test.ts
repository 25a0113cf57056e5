import { beforeEach, describe, expect, it } from 'vitest';
import type { AccountId } from '../../../../src/domain/shared/ids.js';
import { DAY, HOUR, plus } from '../../../../src/domain/shared/time.js';
import { newAccountId, newId } from '../../../support/accounts.js';
import { type OnAPlan, onAPlan } from './on-a-plan.js';
import { ADMIN, failure, NOW, type Stage, value } from './stage.js';

let on: OnAPlan['on'];
let account: OnAPlan['account'];
let record: OnAPlan['record'];
let usedIn: OnAPlan['usedIn'];
beforeEach(async () => {
  ({ on, account, record, usedIn } = await onAPlan());
});

describe('a correction', () => {
  const correct = (id: string, changes: Parameters<Stage['app']['correctUsage']>[1]) =>
    on.app.correctUsage(id, changes, ADMIN);

  it('writes the difference beside the record, in the windows of its own moment, as often as needed', async () => {
    const { record: made } = await value(record({ value: 5, usedAt: plus(NOW, -DAY) }));
    on.clock.advance(HOUR);
    const up = await value(correct(made.id, { value: 9 }));
    expect(up).toEqual({ record: { ...made, value: 9n }, correctedAt: plus(NOW, HOUR) });
    await value(correct(made.id, { value: 4 }));
    expect(await value(correct(made.id, { value: 4 }))).toMatchObject({ record: { value: 4n } });
    expect(await usedIn('files')).toEqual([0n, 4n, 0n, 4n]);
    const rows = await on.rows<{ value: bigint; corrects?: string }>('usage_records');
    expect(rows.map((row) => [row.value, row.corrects])).toEqual([
      [5n, undefined],
      [4n, made.id],
      [-5n, made.id],
    ]);
    expect((await on.audit()).slice(1).map(({ actor, data }) => [actor.kind, data])).toMatchObject([
      ['platform_admin', { before: { value: 5 }, after: { value: 9 } }],
      ['platform_admin', { before: { value: 9 }, after: { value: 4 } }],
    ]);
    expect(await value(correct(made.id, { value: 0 }))).toMatchObject({ record: { value: 0n } });
    expect(await usedIn('files')).toEqual([0n, 0n, 0n, 0n]);
  });

  it('takes a use from one account or feature and puts it into another, and back', async () => {
    const other = await on.account();
    const { record: made } = await value(record({ value: 5 }));
    const moved = await value(correct(made.id, { accountId: other, feature: 'ai_prompts', value: 6 }));
    expect(moved.record).toMatchObject({ id: made.id, accountId: other, value: 6n });
    expect([await usedIn('files'), (await on.countOf(other, 'ai_prompts')).day.used]).toEqual([
      [0n, 0n, 0n, 0n],
      6n,
    ]);
    const told = (await on.audit()).filter(({ action }) => action === 'usage.correct');
    expect(new Set(told.map(({ accountId }) => accountId))).toEqual(new Set([account, other]));
    await value(correct(made.id, { accountId: account, feature: 'files' }));
    expect([await usedIn('files'), (await on.countOf(other, 'ai_prompts')).day.used]).toEqual([
      [6n, 6n, 6n, 6n],
      0n,
    ]);
  });

  it('is made in the billing period that the use counted in, though the next one was told of since', async () => {
    const next = plus(NOW, HOUR);
    await on.inPeriod(account, { start: plus(NOW, -DAY), end: next });
    on.clock.advance(2 * HOUR);
    const { record: made } = await value(record({ value: 8 }, ADMIN));
    expect(await usedIn('files')).toEqual([8n, 8n, 8n, 8n]);
    await on.inPeriod(account, { start: next, end: plus(next, 30 * DAY) });
    await value(correct(made.id, { value: 1 }));
    expect(await usedIn('files')).toEqual([1n, 1n, 0n, 1n]);
    await on.inPeriod(account, { start: plus(NOW, -DAY), end: plus(NOW, DAY) });
    expect(await usedIn('files')).toEqual([1n, 1n, 1n, 1n]);
  });

  it('tells each of two accounts its own side', async () => {
    const other = await on.account();
    const { record: made } = await value(record({ value: 5 }));
    await value(correct(made.id, { accountId: other, feature: 'ai_prompts', value: 6 }));
    const of = async (id: AccountId) =>
      JSON.stringify([
        (await on.audit()).filter(({ accountId, action }) => accountId === id && action === 'usage.correct'),
        (await on.events()).filter(({ accountId }) => accountId === id),
      ]);
    expect(await of(account)).toContain('files');
    expect(await of(other)).toContain('ai_prompts');
    for (const foreign of [other, 'ai_prompts']) expect(await of(account)).not.toContain(foreign);
    for (const foreign of [account, '"files"']) expect(await of(other)).not.toContain(foreign);
  });

  it('is refused for what is no record, no feature that is counted, no account and no number', async () => {
    const { record: made } = await value(record());
    const refused = async (id: string, changes: Parameters<typeof correct>[1]) =>
      (await failure(correct(id, changes))).kind;
    expect(await refused(newId(), { value: 1 })).toBe('not_found');
    expect(await refused(made.id, { accountId: newAccountId() })).toBe('not_found');
    expect(await refused(made.id, { feature: 'no_such' })).toBe('feature_unknown');
    expect(await refused(made.id, { feature: 'buckets' })).toBe('not_metered');
    expect(await refused(made.id, { value: 1.5 })).toBe('invalid_value');
    await value(correct(made.id, { value: 1 }));
    const [, compensation] = await on.rows<{ id: string }>('usage_records');
    expect(await refused(compensation?.id ?? '', { value: 1 })).toBe('not_found');
  });
});
