import { beforeEach, describe, expect, it } from 'vitest';
import type { AccountId } from '../../../../src/domain/shared/ids.js';
import { instant, MINUTE, plus, SECOND } from '../../../../src/domain/shared/time.js';
import { newAccountId, newId } from '../../../support/accounts.js';
import { allowed } from '../../../support/entitled.js';
import { ADMIN, failure, insider, NOW, once, type Stage, stage, value } from './stage.js';

let on: Stage;
let account: AccountId;
beforeEach(async () => {
  on = stage();
  account = await on.onPlan({
    files: allowed(10),
    ai_prompts: allowed(10, { window: 'day' }),
    file_size_mb: allowed(3),
  });
});

const reserve = (over: object = {}, key?: ReturnType<typeof once>) =>
  on.app.reserve({ accountId: account, feature: 'files', amount: 3, ...over }, insider(account), key);
const held = async (over: object = {}) => (await value(reserve(over))).reservation;
const counts = async (feature = 'files') => (await on.countOf(account, feature)).lifetime;

describe('what is set aside', () => {
  it('is out of reach of others until it is confirmed, and then it was used', async () => {
    const { reservation, decision } = await value(reserve());
    expect(reservation).toMatchObject({
      amount: 3n,
      state: 'held',
      reservedAt: NOW,
      expiresAt: plus(NOW, MINUTE),
    });
    expect(decision).toMatchObject({ used: 3n, remaining: 7n });
    expect(await counts()).toEqual({ used: 0n, reserved: 3n });
    const confirmed = await value(on.app.confirm(reservation.id, { amount: 2 }, insider(account)));
    expect(confirmed).toMatchObject({
      reservation: { state: 'confirmed' },
      decision: { used: 2n, remaining: 8n },
    });
    expect(await counts()).toEqual({ used: 2n, reserved: 0n });
    const { items } = await value(on.app.usageOf(account, { size: 10 }));
    expect(items).toMatchObject([{ value: 2n, key: `reservation:${reservation.id}`, usedAt: NOW }]);
    expect((await on.events()).map(({ stream, seq, type }) => [stream, seq, type])).toEqual([
      [reservation.id, 1, 'reservation.held'],
      [reservation.id, 2, 'reservation.confirmed'],
    ]);
    expect((await on.audit()).map(({ action, data }) => [action, data])).toMatchObject([
      ['reservation.reserve', { before: null, after: { feature: 'files', amount: 3, state: 'held' } }],
      ['reservation.confirm', { before: { state: 'held' }, after: { state: 'confirmed', used: 2 } }],
    ]);
  });

  it('may be had by others again when it is released', async () => {
    const { id } = await held({ amount: 10 });
    expect(await failure(reserve())).toMatchObject({ kind: 'limit_reached' });
    expect(await value(on.app.release(id, insider(account)))).toMatchObject({ decision: { used: 0n } });
    expect(await held()).toMatchObject({ amount: 3n });
  });

  it('counts in the windows it was set aside in, whatever day it is when that is confirmed', async () => {
    on.clock.set(instant(Date.UTC(2026, 1, 1) - 10 * SECOND));
    const { id } = await held({ feature: 'ai_prompts' });
    on.clock.advance(20 * SECOND);
    const { decision } = await value(on.app.confirm(id, {}, insider(account)));
    expect(decision).toMatchObject({ used: 0n, remaining: 10n });
    on.clock.advance(-20 * SECOND);
    expect((await on.countOf(account, 'ai_prompts')).day).toEqual({ used: 3n, reserved: 0n });
  });

  it('is given back when its time is over: by the job, or by who comes for it sooner', async () => {
    const first = await held({ amount: 10, ttlSeconds: 1 });
    on.clock.advance(SECOND);
    const second = await held({ amount: 10, ttlSeconds: 1 });
    on.clock.advance(SECOND - 1);
    const job = on.app.jobs['entitlements.expire-reservations'];
    const next = await value(job());
    expect(next).toEqual({ again: plus(on.clock.now(), 30 * SECOND) });
    expect(await counts()).toEqual({ used: 0n, reserved: 10n });
    on.clock.advance(1);
    await value(job());
    expect(await counts()).toEqual({ used: 0n, reserved: 0n });
    for (const { id } of [first, second])
      expect(await failure(on.app.confirm(id, {}, insider(account)))).toEqual({
        kind: 'reservation_over',
        state: 'expired',
      });
  });

  it('is set aside once by one key', async () => {
    const key = once();
    const first = await value(reserve({}, key));
    expect(await value(reserve({}, key))).toEqual(first);
    await value(on.app.confirm(first.reservation.id, {}, insider(account)));
    expect(await value(reserve({}, key))).toMatchObject({ reservation: { state: 'confirmed' } });
    expect(await counts()).toEqual({ used: 3n, reserved: 0n });
  });
});

it('lets five who want 3 of 10 at once have exactly three of it, and writes down the two it refused', async () => {
  const all = await Promise.all(Array.from({ length: 5 }, () => reserve()));
  expect(all.filter((one) => one.isOk())).toHaveLength(3);
  expect(await counts()).toEqual({ used: 0n, reserved: 9n });
  const [refused] = all.flatMap((one) => (one.isErr() ? [one.error] : []));
  expect(refused).toMatchObject({
    kind: 'limit_reached',
    decision: { feature: 'files', outcome: 'block', reason: 'limit_reached', limit: 10n, used: 9n },
  });
  const left = (await on.audit()).filter(({ action }) => action === 'entitlement.refused');
  expect(left).toHaveLength(2);
  expect(left[0]).toMatchObject({
    accountId: account,
    network: '203.0.113.0/24',
    data: { feature: 'files', outcome: 'block', reason: 'limit_reached', limit: 10, used: 9 },
  });
  expect(await on.rows('usage_reservations')).toHaveLength(3);
});

it('tells of what comes near a limit by being set aside', async () => {
  await value(reserve({ amount: 10 }));
  expect((await on.events()).map(({ type }) => type)).toEqual([
    'entitlement.warned',
    'entitlement.reached',
    'reservation.held',
  ]);
});

describe('confirming and releasing', () => {
  it('twice answers what stands; after the other it is a conflict that says what has become of it', async () => {
    const [used, unused] = [await held(), await held()];
    for (let times = 0; times < 2; times += 1) {
      await value(on.app.confirm(used.id, {}, insider(account)));
      await value(on.app.release(unused.id, insider(account)));
    }
    const over = (state: string) => ({ kind: 'reservation_over', state });
    expect(await failure(on.app.release(used.id, insider(account)))).toEqual(over('confirmed'));
    expect(await failure(on.app.confirm(unused.id, {}, insider(account)))).toEqual(over('released'));
    expect(await counts()).toEqual({ used: 3n, reserved: 0n });
    expect((await on.audit()).filter(({ action }) => action !== 'reservation.reserve')).toHaveLength(2);
  });

  it('is refused for more than was set aside, for what is not there, and in another account', async () => {
    const { id } = await held();
    for (const amount of [0, -1, 4, 1.5])
      expect(await failure(on.app.confirm(id, { amount }, insider(account)))).toMatchObject({
        kind: 'invalid_value',
        field: 'amount',
      });
    const other = insider(await on.account());
    expect(await failure(on.app.confirm(id, {}, other))).toEqual({ kind: 'not_found' });
    expect(await failure(on.app.release(newId(), insider(account)))).toEqual({ kind: 'not_found' });
    expect(await counts()).toEqual({ used: 0n, reserved: 3n });
  });
});

it.each([
  ['no feature', { feature: 'no_such' }, 'feature_unknown'],
  ['the id of none', { feature: newId() }, 'feature_unknown'],
  ['what is held', { feature: 'buckets' }, 'not_reservable'],
  ['what is not used up', { feature: 'file_size_mb' }, 'not_reservable'],
  ['what is had or not', { feature: 'paid_instances' }, 'not_reservable'],
  ['what the plan lacks', { feature: 'synthetic_rows' }, 'limit_reached'],
  ['nothing', { amount: 0 }, 'invalid_value'],
  ['less than nothing', { amount: -3 }, 'invalid_value'],
  ['a fraction', { amount: 0.5 }, 'invalid_value'],
  ['too much to be read', { amount: 2 ** 53 }, 'invalid_value'],
  ['no time', { ttlSeconds: 0 }, 'invalid_value'],
  ['more than an hour', { ttlSeconds: 3_601 }, 'invalid_value'],
  ['an account that is not there', { accountId: newAccountId() }, 'not_found'],
])('sets nothing aside of %s', async (_what, over, kind) => {
  expect((await failure(reserve(over))).kind).toBe(kind);
  expect(await on.rows('usage_reservations')).toEqual([]);
});

it('blocks what would be used where an account is suspended, and takes what was used all the same', async () => {
  const setting = { state: 'suspended_read_only', reason: 'unpaid', changedAt: NOW, changedBy: 'an admin' };
  await value(on.store.run((tx) => tx.table('workspace_settings').put(account, setting)));
  expect(await failure(reserve())).toMatchObject({
    decision: { reason: 'lifecycle_blocked', source: 'lifecycle', limit: 10n, used: 0n },
  });
  const usage = { accountId: account, feature: 'files', value: 1, key: 'a key' };
  expect((await value(on.app.recordUsage(usage, insider(account)))).decision.reason).toBe(
    'lifecycle_blocked',
  );
});

it('deletes nothing where the limit falls below the use, and says why no more is to be had', async () => {
  await value(on.app.recordUsage({ accountId: account, feature: 'files', value: 8, key: '1' }, ADMIN));
  await on.grant(account, 'files', allowed(5));
  expect(await failure(reserve({ amount: 1 }))).toMatchObject({
    decision: { reason: 'limit_reached', source: 'override', limit: 5n, used: 8n, remaining: 0n },
  });
  expect(await counts()).toEqual({ used: 8n, reserved: 0n });
});
