import type { Knex } from 'knex';

/** Since when a subscription has its price, and what the plans are found by that a deployment comes with. */
export const pricedSince = async (db: Knex): Promise<void> => {
  await db.raw(`
    alter table subscriptions add column priced_since timestamptz;
    alter table subscriptions add constraint subscriptions_priced_check
      check (priced_since is null or processor_id is not null);

    update plans set traits = plans.traits || jsonb_build_object('stocked_as', stocked.key)
      from (values ('Explorer', 'explorer'), ('DataPilot Pro', 'datapilot-pro'), ('Datilio Team', 'datilio-team'))
        as stocked (name, key)
     where plans.catalogue = 'datilio' and plans.name = stocked.name;
  `);
};
