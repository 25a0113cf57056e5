import type { Knex } from 'knex';

/** Shares of a limit are told of anew when another limit holds. Which one it was before nobody wrote down: below all. */
export const crossingLimits = async (db: Knex): Promise<void> => {
  await db.raw(`
    alter table usage_crossings
      add column usage_limit bigint not null default -1,
      drop constraint usage_crossings_pkey,
      add primary key (account_id, feature_id, window_start, percent, usage_limit)
  `);
};
