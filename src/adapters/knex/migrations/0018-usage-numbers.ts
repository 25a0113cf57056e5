import type { Knex } from 'knex';

/** Contracts that count what they show know a record of use by a number. */
export const usageNumbers = async (db: Knex): Promise<void> => {
  await db.raw('alter table usage_records add column number bigint generated always as identity');
};
