import type { Knex } from 'knex';
import { migrations } from '../migrations/index.js';

/** One key for every process of every deployment in this database: whoever holds it migrates, others wait. */
const MIGRATION_LOCK = 7_301_406_001;

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);

/**
 * Runs the first migration that is missing, false when none is. Migration, record and lock are one transaction on
 * one connection: a process killed here leaves nothing behind. Knex's own runner keeps its lock in a row, which a
 * killed process leaves locked, and wants a second connection beside ours.
 */
const migrateOnce = (db: Knex): Promise<boolean> =>
  db.transaction(async (trx) => {
    await trx.raw('set local lock_timeout = 0; set local statement_timeout = 0');
    await trx.raw('select pg_advisory_xact_lock(?)', [MIGRATION_LOCK]);
    await trx.raw(
      'create table if not exists schema_migrations (name text primary key, applied_at timestamptz not null default now())',
    );
    const applied = new Set<string>(await trx('schema_migrations').pluck('name'));
    const missing = Object.entries(migrations)
      .sort(byName)
      .find(([name]) => !applied.has(name));
    if (missing === undefined) return false;
    const [name, up] = missing;
    await up(trx);
    await trx('schema_migrations').insert({ name });
    return true;
  });

/** Brings the schema up to date; several processes may call it at the same moment. */
export const migrate = async (db: Knex): Promise<void> => {
  for (let more = true; more; ) more = await migrateOnce(db);
};
