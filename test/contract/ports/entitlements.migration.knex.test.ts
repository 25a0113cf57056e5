import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { knexEntitlementReaders } from '../../../src/adapters/knex/entitlements/readers.js';
import { knexUsage } from '../../../src/adapters/knex/entitlements/usage.js';
import { migrate } from '../../../src/adapters/knex/kit/migrate.js';
import { migrations } from '../../../src/adapters/knex/migrations/index.js';
import { limitsOf } from '../../../src/domain/billing/plan-limits.js';
import { PLATFORM } from '../../../src/domain/billing/seller.js';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import { iso } from '../../../src/domain/shared/time.js';
import { AT, newId } from '../../support/accounts.js';
import { emptyDatabase, type TestDatabase } from '../../support/postgres.js';
import { value } from './accounts.rig.js';

const SOLD = {
  file_limit: 100,
  file_size_limit_mb: 25,
  ai_prompts_per_day: 0,
  synthetic_rows_per_month: 10_000,
};

/** A database as the version left it that knew no migration from this one on. */
const before = async (first: string): Promise<TestDatabase> => {
  const database = await emptyDatabase();
  const { db } = database;
  await db.raw(
    'create table schema_migrations (name text primary key, applied_at timestamptz default now())',
  );
  const known = Object.entries(migrations)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .filter(([name]) => name < first);
  for (const [name, up] of known) {
    await db.transaction(up);
    await db('schema_migrations').insert({ name });
  }
  return database;
};

describe('The migration that brings entitlements', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    // Plans did not say yet what they include in rows.
    database = await before('0015');
  });
  afterAll(() => database.close());

  const sell = async (catalogue: string, traits: object): Promise<string> => {
    const id = newId();
    const times = { created_at: iso(AT), updated_at: iso(AT) };
    const row = { id, version: 1, seller_id: PLATFORM, catalogue, name: id, ...times };
    await database.db('plans').insert({ ...row, traits: JSON.stringify(traits) });
    return id;
  };

  it('gives plans that are there the features that a new one of the same words would have', async () => {
    const whole = await sell('datilio', { ...SOLD, features: { exports: true } });
    const part = await sell('datilio', {
      file_limit: 7,
      ai_prompts_per_day: 'many',
      synthetic_rows_per_month: -1,
    });
    const other = await sell('training-pipes', SOLD);
    await migrate(database.db);

    const found = await value(knexEntitlementReaders(database.db).planFeaturesOf([whole, part, other]));
    const said = (id: string) =>
      (found.get(id) ?? []).map(({ feature, planFeature: { allowance, ...rest } }) => {
        expect(rest).toMatchObject({ version: 1, planId: id, createdAt: AT, updatedAt: AT });
        expect(allowance).toMatchObject({ soft: false, warnPercent: 80, granted: undefined });
        return { feature: feature.key, window: allowance.window, limit: allowance.limit };
      });
    const sorted = (all: readonly { readonly feature: string }[]) =>
      [...all].sort((a, b) => (a.feature < b.feature ? -1 : 1));
    expect(sorted(said(whole))).toEqual(sorted(limitsOf('datilio', SOLD)));
    expect(sorted(said(part))).toEqual([
      { feature: 'ai_tokens', window: 'day', limit: undefined },
      { feature: 'files', window: 'lifetime', limit: 7n },
    ]);
    expect(said(other)).toEqual([]);
  });
});

it('The migration that tells limits apart keeps what was told, and lets processes of the version before go on', async () => {
  const database = await before('0025');
  const { db } = database;
  const [accountId, featureId] = [newId() as AccountId, newId()];
  const row = {
    account_id: accountId,
    feature_id: featureId,
    window_start: iso(AT),
    percent: 80,
    at: iso(AT),
  };
  const byTheOld = async (more = {}) =>
    (
      await db('usage_crossings')
        .insert({ ...row, ...more })
        .onConflict()
        .ignore()
        .returning('percent')
    ).length;
  expect(await byTheOld()).toBe(1);
  await migrate(db);
  expect([await byTheOld(), await byTheOld({ percent: 100 })]).toEqual([0, 1]);
  const crossing = { accountId, featureId, windowStart: AT, percent: 80, at: AT };
  const crossed = (limit: bigint) => value(knexUsage(db).crossed({ ...crossing, limit }));
  expect([await crossed(10n), await crossed(10n), await crossed(20n)]).toEqual([true, false, true]);
  expect(await db('usage_crossings')).toHaveLength(4);
  await database.close();
});
