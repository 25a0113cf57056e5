import type { Knex } from 'knex';

/** From when on the invoices of a subscription carry what was used, and how those get there that do not yet. */
export const usageItems = async (db: Knex): Promise<void> => {
  await db.raw(`
    alter table subscriptions add column usage_since timestamptz;
    alter table subscriptions add constraint subscriptions_usage_check
      check (usage_since is null or processor_id is not null);

    alter table billing_intents drop constraint billing_intents_kind_check;
    alter table billing_intents add constraint billing_intents_kind_check check (kind in
      ('checkout', 'change_plan', 'change_plan_later', 'add_usage', 'cancel', 'resume', 'end_surplus'));
  `);
};
