import { setTimeout as pause } from 'node:timers/promises';
import { errAsync, ok, okAsync } from 'neverthrow';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/adapters/knex/kit/database.js';
import { query } from '../../src/adapters/knex/kit/query.js';
import { transaction } from '../../src/adapters/knex/kit/transaction.js';
import { type Answer, type Client, clientOf, type Person, person } from '../support/client.js';
import { freshDatabase, type TestDatabase } from '../support/postgres.js';
import { postgresDoor } from './support/postgres-door.js';
import { cleanUp, liveEnvironment, type Program, startProgram } from './support/server.js';

const LIMIT_SECONDS = 1;
/** The limit and the grace, or the time that a new connection may take; the rest is for a busy machine. */
const ANSWERED_WITHIN_MS = 20_000;

let database: TestDatabase;
let door: Awaited<ReturnType<typeof postgresDoor>>;
beforeAll(async () => {
  database = await freshDatabase(4);
  door = await postgresDoor(database.url);
});
afterEach(() => door.letPass('all'));
afterAll(async () => {
  await cleanUp();
  door.close();
  await database.close();
});

describe('a pool whose database falls silent', () => {
  const said: string[] = [];
  const pool = () =>
    openDatabase({
      url: door.url,
      poolSize: 1,
      name: 'silent',
      timeout: LIMIT_SECONDS * 1_000,
      log: (_level, message) => said.push(message),
    });
  const unavailable = { kind: 'unavailable', dependency: 'postgres' };

  it('gives the connection up with the statement, so that no late answer is taken for the next one’s', async () => {
    const db = pool();
    const ask = (word: string) =>
      query(() =>
        db.raw<{ readonly rows: readonly object[] }>('select ? as word, pg_backend_pid() as pid', [word]),
      ).map(({ rows }) => rows[0]);
    const before = (await ask('before'))._unsafeUnwrap();
    door.letPass('questions');
    expect((await ask('silent'))._unsafeUnwrapErr()).toMatchObject(unavailable);
    expect(said).toContain('the database is silent: a connection is given up');
    door.letPass('all');
    const after = (await ask('after'))._unsafeUnwrap();
    expect([before, after]).toMatchObject([{ word: 'before' }, { word: 'after' }]);
    expect(after).not.toMatchObject({ pid: (before as { pid: number }).pid });
    await db.destroy();
  });

  it('hears from a server that lives why a statement was ended, and keeps that connection', async () => {
    const db = pool();
    const pid = async () => (await db.raw('select pg_backend_pid() as pid')).rows[0].pid;
    const before = await pid();
    const late = (await query(() => db.raw('select pg_sleep(10)')))._unsafeUnwrapErr();
    expect(late).toMatchObject({ ...unavailable, cause: { code: '57014' } });
    expect(await pid()).toBe(before);
    await db.destroy();
  });

  it('keeps nothing of a unit that was in the middle, whether or not the unit noticed', async () => {
    const db = pool();
    const put = (name: string, hears: boolean) =>
      transaction(db, (trx) =>
        query(() => trx('settings').insert({ name, value: '1' }))
          .map(() => door.letPass('questions'))
          .andThen(() => query(() => trx('settings').where({ name })))
          .orElse((failure) => (hears ? errAsync(failure) : okAsync([]))),
      );
    for (const [name, hears] of [
      ['heard', true],
      ['ignored', false],
    ] as const) {
      expect((await put(name, hears))._unsafeUnwrapErr()).toMatchObject(unavailable);
      door.letPass('all');
    }
    const kept = database.db('settings').whereIn('name', ['heard', 'ignored']);
    await expect.poll(() => kept.clone()).toEqual([]);
    expect(
      await query(() => db('settings').insert({ name: 'mended', value: '1' }).returning('name')),
    ).toEqual(ok([{ name: 'mended' }]));
    await db.destroy();
  });
});

describe('a server whose database falls silent', () => {
  let program: Program;
  let call: Client;
  let owner: Person;
  let project: string;
  beforeAll(async () => {
    const limit = { DATABASE_TIMEOUT_SECONDS: String(LIMIT_SECONDS) };
    program = await startProgram(await liveEnvironment(door.url, limit));
    call = clientOf({ url: program.origin });
    owner = await person(call);
    await database.db('users').where({ id: owner.id }).update({ platform_admin: true });
    const json = { name: 'Project' };
    project = (await call('POST /v1/projects', { token: owner.token, json })).body.id;
  });

  const { found, made, used } = {
    found: () => call(`GET /v1/projects/${project}`, { token: owner.token }),
    made: (name: string) =>
      call('POST /v1/projects', {
        token: owner.token,
        json: { name },
        headers: { 'idempotency-key': name },
      }),
    used: (key: string) =>
      call('POST /v1/usage-events', {
        token: owner.token,
        json: { events: [{ project_id: project, feature: 'synthetic_rows', value: 3, key }] },
      }),
  };
  const counted = async (): Promise<readonly number[]> => {
    const rows = await database.db('usage_counters').where({ account_id: project, window_kind: 'lifetime' });
    return rows.map(({ used: units }) => Number(units));
  };
  const named = (name: string) => database.db('accounts').where({ name });
  const refused = async (asked: Promise<Answer>): Promise<void> => {
    const began = performance.now();
    const { status, body } = await asked;
    expect([status, body.error.code]).toEqual([503, 'unavailable']);
    expect(performance.now() - began).toBeLessThan(ANSWERED_WITHIN_MS);
  };

  it('answers 503 in time, and works as before once the database is heard again', async () => {
    expect((await used('before')).status).toBe(200);
    expect(await counted()).toEqual([3]);
    door.letPass('nothing');
    // Connections that were open wait for an answer, new ones for a greeting.
    await Promise.all([found(), made('silent'), used('silent'), found(), found()].map(refused));
    expect(await named('silent')).toEqual([]);
    expect(await counted()).toEqual([3]);

    door.letPass('all');
    const again = await Promise.all([made('silent'), used('silent'), found()]);
    expect(again.map(({ status }) => status)).toEqual([201, 200, 200]);
    expect(again[2].body).toMatchObject({ id: project, name: 'Project' });
    expect(await named('silent')).toMatchObject([{ id: again[0].body.id }]);
    expect(await counted()).toEqual([6]);
  });

  it('has made once what it could not say that it has made', async () => {
    door.silenceCommitOf('unsaid');
    await refused(made('unsaid'));
    const [kept, ...more] = await named('unsaid');
    expect([kept.name, more]).toEqual(['unsaid', []]);
    door.letPass('all');
    const again = await made('unsaid');
    expect([again.status, again.body.id]).toEqual([201, kept.id]);

    const before = await counted();
    door.silenceCommitOf('uncounted');
    await refused(used('uncounted'));
    door.letPass('all');
    expect((await used('uncounted')).body.items).toMatchObject([{ outcome: 'again' }]);
    expect(await counted()).toEqual(before.map((units) => units + 3));
    expect(await named('unsaid')).toHaveLength(1);
  });

  it('ends in time when it is told to, all the same', async () => {
    door.letPass('nothing');
    const waiting = refused(found());
    await pause(200);
    expect(await program.end()).toBe(0);
    await waiting;
  });
});
