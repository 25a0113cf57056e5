import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Knex } from 'knex';
import { inject } from 'vitest';
import { openDatabase } from '../../src/adapters/knex/kit/database.js';
import { migrate } from '../../src/adapters/knex/kit/migrate.js';
import { migrations } from '../../src/adapters/knex/migrations/index.js';

/** Named by what the migrations say, so that a server which outlives a run never serves an old schema. */
const TEMPLATE = `tollhouse_${createHash('sha256').update(Object.values(migrations).join()).digest('hex').slice(0, 12)}`;
const TEMPLATE_LOCK = 7_301_406_002;
let created = 0;

const open = (database?: string, poolSize = 1): { readonly db: Knex; readonly url: string } => {
  const url = new URL(inject('postgresUrl'));
  if (database !== undefined) url.pathname = `/${database}`;
  return { db: openDatabase({ url: url.href, poolSize, name: 'tollhouse-test' }), url: url.href };
};

const using = async <T>({ db }: { readonly db: Knex }, work: (db: Knex) => Promise<T>): Promise<T> => {
  try {
    return await work(db);
  } finally {
    await db.destroy();
  }
};

/** Test files run in processes of their own: the first one migrates the template, the others wait and clone it. */
const prepareTemplate = (server: Knex): Promise<void> =>
  server.transaction(async (lock) => {
    await lock.raw('set local lock_timeout = 0; set local idle_in_transaction_session_timeout = 0');
    await lock.raw('select pg_advisory_xact_lock(?)', [TEMPLATE_LOCK]);
    if ((await lock('pg_database').where({ datname: TEMPLATE })).length > 0) return;
    const building = `${TEMPLATE}_building`;
    await using(open(), async (other) => {
      await other.raw('drop database if exists ??', [building]);
      await other.raw('create database ??', [building]);
      await using(open(building), migrate);
      await other.raw('alter database ?? rename to ??', [building, TEMPLATE]);
    });
  });

export type TestDatabase = { readonly db: Knex; readonly url: string; readonly close: () => Promise<void> };

/** An autovacuum worker that is in there at this moment may not be ended by us; it is gone soon. */
const dropped = async (server: Knex, name: string, again = 20): Promise<void> => {
  try {
    await server.raw('drop database if exists ?? with (force)', [name]);
  } catch (error) {
    if (again === 0 || (error as { readonly code?: string }).code !== '42501') throw error;
    await pause(250);
    await dropped(server, name, again - 1);
  }
};

const create = async (
  statement: string,
  template: string | undefined,
  poolSize: number,
): Promise<TestDatabase> => {
  created += 1;
  const name = `test_${process.pid}_${created}_${process.hrtime.bigint()}`;
  await using(open(), async (server) => {
    if (template !== undefined) await prepareTemplate(server);
    const tablespace = inject('tablespace');
    const place = tablespace === undefined ? '' : ` tablespace ${tablespace}`;
    await server.raw(`${statement}${place}`, template === undefined ? [name] : [name, template]);
  });
  const { db, url } = open(name, poolSize);
  const close = async (): Promise<void> => {
    await db.destroy();
    await using(open(), (server) => dropped(server, name));
  };
  return { db, url, close };
};

/** A migrated database of the caller's own, cloned from the template in a few milliseconds. */
export const freshDatabase = (poolSize = 10): Promise<TestDatabase> =>
  create('create database ?? template ??', TEMPLATE, poolSize);

/** Another database with all that is in this one, to which nobody may be connected at that moment. */
export const copiedDatabase = ({ url }: Pick<TestDatabase, 'url'>, poolSize = 10): Promise<TestDatabase> =>
  create('create database ?? template ??', new URL(url).pathname.slice(1), poolSize);

/** A database of the caller's own without a single table. */
export const emptyDatabase = (poolSize = 10): Promise<TestDatabase> =>
  create('create database ??', undefined, poolSize);
