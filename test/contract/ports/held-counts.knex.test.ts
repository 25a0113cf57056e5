import { ok } from 'neverthrow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { heldCounts } from '../../../src/adapters/knex/migrations/0017-held-counts.js';
import { sweepExpired } from '../../../src/adapters/knex/shared/housekeeping.js';
import { DAY, type Instant, iso, plus } from '../../../src/domain/shared/time.js';
import { freshDatabase, type TestDatabase } from '../../support/postgres.js';
import { AT, insertAccount, newId } from './shared.rig.js';

const NEVER = undefined;

describe('API keys in the quota of PostgreSQL', () => {
  let database: TestDatabase;
  let account: string;
  let user: string;
  beforeAll(async () => {
    database = await freshDatabase();
    account = await insertAccount(database);
    user = (await database.db('accounts').where({ id: account }).first()).creator_id;
  });
  afterAll(() => database.close());

  const key = (expiresAt: Instant | undefined, more: object = {}) =>
    database.db('api_keys').insert({
      id: newId(),
      user_id: user,
      name: 'key',
      key_prefix: 'th_',
      key_hash: newId(),
      account_id: account,
      scopes: [],
      created_at: iso(AT),
      expires_at: expiresAt === undefined ? null : iso(expiresAt),
      ...more,
    });
  const used = async (feature: string) =>
    Number((await database.db('quota_usage').where({ account_id: account, feature }).first())?.used ?? 0);

  it('are counted from an older schema on, without those that are revoked or have expired', async () => {
    const { db } = database;
    const now = plus(AT, 3_650 * DAY);
    for (const expiry of [NEVER, NEVER, now, plus(AT, -DAY * 365)]) await key(expiry);
    await key(NEVER, { revoked_at: iso(AT) });
    await db('quota_usage').insert({ account_id: account, feature: 'buckets', used: 1, limit_override: 7 });
    await db.raw('alter table api_keys drop column counted_in');
    await heldCounts(db);
    expect([await used('api_keys'), await used('running_file_systems')]).toEqual([3, 0]);
    const overrides = await db('entitlement_overrides as o').join('features as f', 'f.id', 'o.feature_id');
    expect(overrides.map((row) => [row.account_id, row.key, row.usage_limit])).toEqual([
      [account, 'buckets', 7n],
    ]);
  });

  it('that have expired are given back by the sweep, once', async () => {
    const later = plus(AT, 3_651 * DAY);
    expect(await sweepExpired(database.db, later)).toEqual(ok(1));
    expect(await sweepExpired(database.db, later)).toEqual(ok(0));
    expect(await used('api_keys')).toBe(2);
  });
});
