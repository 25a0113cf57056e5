import type { Knex } from 'knex';

/** A record knows the billing period that it counted in: what is put right is put right there. */
export const recordPeriods = async (db: Knex): Promise<void> => {
  await db.raw('alter table usage_records add column period_start timestamptz');
};
