import { err, ok } from 'neverthrow';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { checkKeys, rewrapDataKeys } from '../../../src/adapters/knex/shared/key-check.js';
import { type KeyRing, keyRing } from '../../../src/adapters/system/key-ring.js';
import { systemSealer } from '../../../src/adapters/system/sealer.js';
import { freshDatabase, type TestDatabase } from '../../support/postgres.js';
import { newId } from './shared.rig.js';

const ring = (...names: string[]): KeyRing =>
  keyRing(names.map((name) => `${name} secret key of thirty-two characters`))._unsafeUnwrap();
const WRONG = err({ kind: 'wrong_secret_key' });

describe('key check', () => {
  const opened: TestDatabase[] = [];
  let database: TestDatabase;
  beforeEach(async () => {
    database = await freshDatabase();
    opened.push(database);
  });
  afterAll(() => Promise.all(opened.map(({ close }) => close())));
  const check = (...names: string[]) => checkKeys(database.db, ring(...names));

  it('takes the first key that comes and refuses any other', async () => {
    expect(await check('one')).toEqual(ok(undefined));
    expect(await check('one')).toEqual(ok(undefined));
    expect(await check('other')).toEqual(WRONG);
    expect(await check('one')).toEqual(ok(undefined));
  });

  it('follows a rotation: the old key may go when every account has been taken over', async () => {
    const [old, both, fresh] = [ring('old'), ring('new', 'old'), ring('new')];
    const place = { table: 't', column: 'c', row: 'r' };
    const at = new Date().toISOString();
    const accounts = Array.from({ length: 3 }, () => newId());
    const user = {
      id: newId(),
      version: 1,
      email: 'a@b.c',
      password_hash: 'x',
      created_at: at,
      updated_at: at,
    };
    await database.db('users').insert(user);
    const sealed = await Promise.all(
      accounts.map(async (id) => {
        const key = systemSealer(old).newDataKey(id);
        const row = { id, version: 1, kind: 'platform', name: 'n', creator_id: user.id, data_key: key };
        await database.db('accounts').insert({ ...row, created_at: at, updated_at: at });
        return systemSealer(old).seal(key, id, place, `secret of ${id}`);
      }),
    );
    expect(await check('old')).toEqual(ok(undefined));
    expect(await check('new')).toEqual(WRONG);
    expect(await check('new', 'old')).toEqual(ok(undefined));
    expect(await check('new')).toEqual(WRONG);
    expect(await rewrapDataKeys(database.db, systemSealer(both), both)).toEqual(ok(3));
    expect(await rewrapDataKeys(database.db, systemSealer(both), both)).toEqual(ok(0));
    expect(await check('new')).toEqual(ok(undefined));
    expect(await check('old')).toEqual(WRONG);
    for (const [i, id] of accounts.entries()) {
      const { data_key: key } = await database.db('accounts').where({ id }).first();
      expect(systemSealer(fresh).open(key, id, place, sealed[i] as never)).toBe(`secret of ${id}`);
    }
  });

  it('lets one of two keys that come at the same moment be the database’s', async () => {
    const answers = await Promise.all([check('one'), check('two')]);
    expect(answers.filter((answer) => answer.isOk())).toHaveLength(1);
    expect(answers).toContainEqual(WRONG);
  });
});
