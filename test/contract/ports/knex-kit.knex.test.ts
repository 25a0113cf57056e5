import { err, errAsync, ok, okAsync } from 'neverthrow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/knex/kit/database.js';
import { migrate } from '../../../src/adapters/knex/kit/migrate.js';
import { query, queryOr, UNIQUE_VIOLATION } from '../../../src/adapters/knex/kit/query.js';
import { transaction } from '../../../src/adapters/knex/kit/transaction.js';
import { migrations } from '../../../src/adapters/knex/migrations/index.js';
import { sweepExpired } from '../../../src/adapters/knex/shared/housekeeping.js';
import { DAY, iso, plus } from '../../../src/domain/shared/time.js';
import { emptyDatabase, freshDatabase, type TestDatabase } from '../../support/postgres.js';
import { AT } from './shared.rig.js';

const opened: TestDatabase[] = [];
const keep = async (opening: Promise<TestDatabase>): Promise<TestDatabase> => {
  const database = await opening;
  opened.push(database);
  return database;
};
afterAll(() => Promise.all(opened.map(({ close }) => close())));

const unavailable = expect.objectContaining({ kind: 'unavailable', dependency: 'postgres' });
const put = (db: TestDatabase['db'], name: string, value: string) =>
  query(() => db('settings').insert({ name, value }).onConflict('name').merge()).map(() => undefined);

describe('transactions on Knex', () => {
  let db: TestDatabase['db'];
  beforeAll(async () => {
    ({ db } = await keep(freshDatabase()));
  });
  const stored = async (name: string) => (await db('settings').where({ name }).first())?.value;

  it('commits nothing of a unit that shrugs off a failed statement, and says so', async () => {
    await db('settings').insert({ name: 'taken', value: '1' });
    const unit = transaction(db, (trx) =>
      put(trx, 'shrugged', '1')
        .andThen(() =>
          queryOr(UNIQUE_VIOLATION, 'taken', () => trx('settings').insert({ name: 'taken', value: '2' })),
        )
        .orElse(() => okAsync(undefined)),
    );
    await expect(Promise.resolve(unit)).rejects.toThrow(/duplicate key/);
    expect(await stored('shrugged')).toBeUndefined();
  });

  it('runs a unit again that met a conflict, also when the unit made another failure of it', async () => {
    await db('settings').insert({ name: 'contested', value: '0' });
    let runs = 0;
    const result = await transaction(db, (trx) =>
      query(() => trx('settings').where({ name: 'contested' }).first())
        .andThen(() => {
          runs += 1;
          return runs === 1 ? put(db, 'contested', 'theirs') : okAsync(undefined);
        })
        .andThen(() => put(trx, 'contested', 'ours'))
        .mapErr(() => 'worded otherwise'),
    );
    expect(result).toEqual(ok(undefined));
    expect([runs, await stored('contested')]).toEqual([2, 'ours']);
  });

  it('gives up on a unit that meets a conflict every time', async () => {
    await db('settings').insert({ name: 'hopeless', value: '0' });
    const result = await transaction(db, (trx) =>
      query(() => trx('settings').where({ name: 'hopeless' }).first())
        .andThen(() => put(db, 'hopeless', 'theirs'))
        .andThen(() => put(trx, 'hopeless', 'ours')),
    );
    expect(result).toEqual(err(unavailable));
    expect(await stored('hopeless')).toBe('theirs');
  });

  it('takes a broken rule of ours for a defect, not for an outage', async () => {
    const broken = () => query(() => db('jobs').insert({ id: 'not a uuid' }));
    await expect(Promise.resolve(broken())).rejects.toThrow(/uuid/);
    await expect(Promise.resolve(query(() => db.raw('select ?', [undefined as never])))).rejects.toThrow(
      /binding/,
    );
    await expect(Promise.resolve(transaction(db, broken))).rejects.toThrow(/uuid/);
  });

  it('answers unavailable when the connection is cut in the middle, and keeps nothing', async () => {
    const result = await transaction(db, (trx) =>
      put(trx, 'cut', '1')
        .andThen(() => query(() => trx.raw('select pg_backend_pid() as pid')))
        .andThen(({ rows }) => query(() => db.raw('select pg_terminate_backend(?)', [rows[0].pid])))
        .andThen(() => query(() => trx.raw('select pg_sleep(1)')))
        .map(() => undefined),
    );
    expect(result).toEqual(err(unavailable));
    expect(await stored('cut')).toBeUndefined();
    expect(await put(db, 'mended', '1')).toEqual(ok(undefined));
  });

  it('answers unavailable when there is no server', async () => {
    const nobody = openDatabase({ url: 'postgres://nobody@127.0.0.1:1/none', poolSize: 1, name: 'nobody' });
    expect(await query(() => nobody.raw('select 1'))).toEqual(err(unavailable));
    expect(await transaction(nobody, () => okAsync(1))).toEqual(err(unavailable));
    await nobody.destroy();
  });

  it('lets units share one connection, one after the other', async () => {
    const { db: one } = await keep(freshDatabase(1));
    const units = Array.from({ length: 5 }, (_, i) =>
      transaction(one, (trx) =>
        put(trx, `unit ${i}`, '1').andThen(() => (i === 3 ? errAsync('no') : okAsync(i))),
      ),
    );
    expect(await Promise.all(units)).toEqual([ok(0), ok(1), ok(2), err('no'), ok(4)]);
    expect(await one('settings').count()).toEqual([{ count: 4n }]);
  });
});

describe('migrations', () => {
  it('bring an empty database up to date on one connection, and change nothing the second time', async () => {
    const { db } = await keep(emptyDatabase(1));
    await migrate(db);
    await migrate(db);
    expect(await db('schema_migrations').orderBy('name').pluck('name')).toEqual(
      Object.keys(migrations).sort(),
    );
    expect(await db('settings').count()).toEqual([{ count: 0n }]);
  });

  it('may be started by several processes at the same moment', async () => {
    const { db, url } = await keep(emptyDatabase(1));
    const others = [1, 2].map((i) => openDatabase({ url, poolSize: 1, name: `other ${i}` }));
    await Promise.all([db, ...others].map(migrate));
    await Promise.all(others.map((other) => other.destroy()));
    expect(await db('schema_migrations').count()).toEqual([
      { count: BigInt(Object.keys(migrations).length) },
    ]);
  });
});

describe('audit log on PostgreSQL', () => {
  it('refuses to change, lose or forget an entry', async () => {
    const { db } = await keep(freshDatabase());
    const id = '0190a5a0-0000-7000-8000-000000000001';
    const entry = {
      id,
      account_id: id,
      actor_kind: 'system',
      action: 'a',
      target: 't',
      request_id: 'r',
      at: '2026-01-01Z',
    };
    await db('audit_log').insert(entry);
    for (const change of [
      "update audit_log set action = 'b'",
      'delete from audit_log',
      'truncate audit_log',
    ]) {
      await expect(db.raw(change)).rejects.toThrow(/append-only/);
    }
    expect(await db('audit_log').count()).toEqual([{ count: 1n }]);
  });
});

describe('housekeeping', () => {
  it('takes expired rows away and leaves what still counts', async () => {
    const { db } = await keep(freshDatabase());
    const row = { points: 1 };
    await db('rate_limits').insert({ ...row, key: 'over', expires_at: iso(plus(AT, -1)) });
    await db('rate_limits').insert({ ...row, key: 'counts', expires_at: iso(AT) });
    const claim = { scope: 's', fingerprint: 'f', ids: '{}' };
    await db('idempotency_keys').insert({ ...claim, key: 'over', created_at: iso(plus(AT, -DAY - 1)) });
    await db('idempotency_keys').insert({ ...claim, key: 'counts', created_at: iso(plus(AT, -DAY)) });
    const event = { connection: 'c', type: 't', door: 'd', received_at: iso(plus(AT, -90 * DAY)), epoch: 1 };
    await db('inbound_events').insert([
      { ...event, event_id: 'over', done_at: iso(plus(AT, -30 * DAY - 1)) },
      { ...event, event_id: 'counts', done_at: iso(plus(AT, -30 * DAY)) },
      { ...event, event_id: 'never done' },
    ]);
    expect(await sweepExpired(db, AT)).toEqual(ok(3));
    expect([await db('rate_limits').pluck('key'), await db('idempotency_keys').pluck('key')]).toEqual([
      ['counts'],
      ['counts'],
    ]);
    expect(await db('inbound_events').orderBy('event_id').pluck('event_id')).toEqual([
      'counts',
      'never done',
    ]);
  });
});
