import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fixedClock } from '../../../src/adapters/memory/shared/fixed-clock.js';
import {
  type Entitlements,
  entitlements,
  type Insider,
} from '../../../src/application/entitlements/index.js';
import { PLATFORM } from '../../../src/domain/billing/seller.js';
import type { AccountId, UserId } from '../../../src/domain/shared/ids.js';
import { AT } from '../../support/accounts.js';
import { allowed } from '../../support/entitled.js';
import type { TestDatabase } from '../../support/postgres.js';
import { value } from './accounts.rig.js';
import { type EntitlementsRig, entitling, knexEntitlementsRigs } from './entitlements.rig.js';

const rigs = knexEntitlementsRigs();
let rig: EntitlementsRig & TestDatabase;
let app: Entitlements;
let on: ReturnType<typeof entitling>;
beforeAll(async () => {
  rig = await rigs.open();
  on = entitling(rig);
  app = entitlements({
    clock: fixedClock(AT),
    ids: { next: uuidv7 },
    entitlements: rig.entitlements,
    readers: rig.entitled,
    recentFacts: rig.facts,
    settings: { fallbacks: new Map(), platform: PLATFORM as string as AccountId },
  });
});
afterAll(rigs.close);

/** An account on a plan with ten of a feature. */
const ten = async () => {
  const [account, plan, feature] = [await on.account(), await on.plan(), await on.feature()];
  await on.included(plan.id, feature.id, allowed(10));
  await on.subscribed(account, plan);
  const by: Insider = {
    at: AT,
    address: '203.0.113.77',
    requestId: 'a-request',
    accountId: account,
    userId: uuidv7() as UserId,
    via: { kind: 'session', id: uuidv7() },
    platformAdmin: false,
  };
  const reserve = (amount = 3) => app.reserve({ accountId: account, feature: feature.key, amount }, by);
  const setAside = () => rig.counters(account, feature.id);
  return { account, by, feature, reserve, setAside };
};

it('lets five who want 3 of 10 at once have exactly three of it', async () => {
  const { account, reserve, setAside } = await ten();
  const all = await Promise.all(Array.from({ length: 5 }, () => reserve()));
  expect(all.filter((one) => one.isOk())).toHaveLength(3);
  expect((await setAside()).every((counter) => counter.endsWith(': 0 + 9'))).toBe(true);
  const refused = rig.db('audit_log').where({ account_id: account, action: 'entitlement.refused' });
  expect(await refused).toHaveLength(2);
});

it('holds who had to wait to the limit of the moment when their turn comes', async () => {
  const { account, feature, reserve, setAside } = await ten();
  await value(reserve());
  const waiting = await rig.db.transaction(async (trx) => {
    await trx('usage_counters').where({ account_id: account }).forUpdate();
    const queued = reserve();
    await expect
      .poll(async () => {
        const blocked = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
        return (await rig.db.raw(blocked)).rows.length;
      })
      .toBe(1);
    await rig.db('plan_features').where({ feature_id: feature.id }).update({ usage_limit: 5 });
    return { queued };
  });
  expect((await waiting.queued)._unsafeUnwrapErr()).toMatchObject({
    kind: 'limit_reached',
    decision: { limit: 5n, used: 3n },
  });
  expect((await setAside()).every((counter) => counter.endsWith(': 0 + 3'))).toBe(true);
});

it('ends a reservation in one way for all who end it at once', async () => {
  const { account, by, reserve } = await ten();
  const { reservation } = await value(reserve());
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, n) =>
      n % 2 === 0 ? app.confirm(reservation.id, {}, by) : app.release(reservation.id, by),
    ),
  );
  const states = answers.map((answer) =>
    answer.match(
      (stands) => stands.reservation.state,
      (refused) => ('state' in refused ? refused.state : refused.kind),
    ),
  );
  expect(new Set(states).size).toBe(1);
  const records = await rig.db('usage_records').where({ account_id: account });
  expect(records).toHaveLength(states[0] === 'confirmed' ? 1 : 0);
});

it('corrects a record for all who correct it at once, one after the other', async () => {
  const { account, by, feature } = await ten();
  const usage = { accountId: account, feature: feature.key, value: 5, key: 'a key' };
  const { record } = await value(app.recordUsage(usage, by));
  const values = [1, 2, 3, 4, 6];
  await Promise.all(values.map((to) => value(app.correctUsage(record.id, { value: to }, by))));
  const rows = await rig.db('usage_records').where({ account_id: account });
  const sum = rows.reduce((all, row) => all + Number(row.value), 0);
  expect([rows.length, values.includes(sum)]).toEqual([1 + values.length, true]);
  const { lifetime } =
    (await value(rig.facts(account, AT, [feature.key]))).features.get(feature.key)?.counts ?? {};
  expect(lifetime?.used).toBe(BigInt(sum));
});
