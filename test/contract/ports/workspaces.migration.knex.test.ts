import { afterAll, expect, it } from 'vitest';
import { knexWorkspaceReaders } from '../../../src/adapters/knex/entitlements/workspaces/readers.js';
import { migrations } from '../../../src/adapters/knex/migrations/index.js';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import { iso } from '../../../src/domain/shared/time.js';
import { AT, newId } from '../../support/accounts.js';
import { emptyDatabase, type TestDatabase } from '../../support/postgres.js';

const opened: TestDatabase[] = [];
afterAll(() => Promise.all(opened.map(({ close }) => close())));

it('gives accounts that were there before it a draft, and personal ones none', async () => {
  const database = await emptyDatabase();
  opened.push(database);
  const { db } = database;
  const all = Object.entries(migrations).sort(([a], [b]) => (a < b ? -1 : 1));
  const run = (names: typeof all) =>
    db.transaction(async (trx) => {
      for (const [, up] of names) await up(trx);
    });
  await run(all.filter(([name]) => name < '0016'));
  const user = newId();
  const common = { version: 1, created_at: iso(AT), updated_at: iso(AT) };
  await db('users').insert({ ...common, id: user, email: 'ada@example.com', password_hash: 'none' });
  const account = (kind: string) => ({ ...common, id: newId(), kind, name: kind, creator_id: user });
  const [platform, personal] = [account('platform'), account('personal')];
  await db('accounts').insert([platform, personal]);
  await run(all.filter(([name]) => name >= '0016'));
  const readers = knexWorkspaceReaders(db);
  expect((await readers.draftOf(platform.id as AccountId))._unsafeUnwrap()).toMatchObject({
    version: 1,
    createdAt: AT,
  });
  expect((await readers.draftOf(personal.id as AccountId)).isErr()).toBe(true);
  expect(await db('features').whereIn('key', ['onboarding', 'review_packs']).pluck('kind')).toEqual([
    'boolean',
    'boolean',
  ]);
});
