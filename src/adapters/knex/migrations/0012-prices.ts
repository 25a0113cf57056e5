import type { Knex } from 'knex';

/** The price book: prices by version, from a moment on. */
export const prices = async (db: Knex): Promise<void> => {
  await db.raw(`
    create table price_versions (
      item text not null check (item in ('storage')),
      valid_from timestamptz not null,
      -- Millionths of the currency for one unit.
      micros bigint not null check (micros >= 0),
      currency text not null check (currency ~ '^[a-z]{3}$'),
      primary key (item, valid_from)
    );

    -- What was charged was charged by these rows.
    create trigger price_versions_append_only before update or delete on price_versions
      for each row execute function refuse_change();
    create trigger price_versions_keep before truncate on price_versions
      for each statement execute function refuse_change();
  `);
};
