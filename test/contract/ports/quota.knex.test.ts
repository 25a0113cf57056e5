import type { Knex } from 'knex';
import { afterAll, describe, expect, it } from 'vitest';
import { PLATFORM } from '../../../src/domain/billing/seller.js';
import { allowed, aPlanOf, subscribe } from '../../support/entitled.js';
import { explained } from '../../support/explained.js';
import { quotaContract, quotaModel } from './quota.contract.js';
import { AT, knexSharedRigs } from './shared.rig.js';

const rigs = knexSharedRigs();
afterAll(rigs.close);

quotaContract('knex', rigs.open);
quotaModel('knex', rigs.open, 25);

const TABLES = ['customers', 'subscriptions', 'quota_usage', 'storage_sizes', 'entitlement_overrides'];

/** Other accounts, each with a subscription, an override, a bucket and things that it holds. */
const fill = async (db: Knex, account: string, from: number, to: number): Promise<void> => {
  const each = `generate_series(${from + 1}, ${to}) n, lateral (
    select ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid as id, '${PLATFORM}'::uuid as seller,
      timestamptz '2026-01-01' as at) r`;
  await db.raw(`
    insert into accounts (id, version, kind, name, creator_id, created_at, updated_at)
      select id, 1, 'platform', 'a', (select creator_id from accounts where id = '${account}'), at, at from ${each};
    insert into customers (id, version, seller_id, payer_account_id, created_at)
      select id, 1, seller, id, at from ${each};
    insert into subscriptions (id, version, seller_id, customer_id, truth_source, status, cancel_at_period_end,
        period_start, period_end, started_at)
      select id, 1, seller, id, 'derived', 'active', false, at, at, at from ${each};
    insert into quota_usage (account_id, feature, used)
      select id, f, 1 from ${each}, unnest(array['buckets', 'members', 'gateways']) f;
    insert into storage_sizes (bucket_id, account_id, bytes, objects) select id, id, 1, 1 from ${each};
    insert into entitlement_overrides (account_id, feature_id, version, usage_limit, window_kind, soft, warn_percent,
        reason, created_at)
      select r.id, f.id, 1, 1, 'lifetime', false, 80, 'x', at from ${each}, features f where f.held`);
  for (const table of TABLES) await db.raw('vacuum analyze ??', [table]);
};

describe('The statements of a quota', () => {
  it('touch as many blocks among 4,000 accounts as among 200', async () => {
    const rig = await rigs.open();
    const account = await rig.newAccount();
    await subscribe(rig, account, await aPlanOf(rig, { buckets: allowed(100) }));
    const take = () =>
      explained(rig.db, () => rig.units.run((tx) => tx.quota.take(account, 'buckets', 1, AT)));
    await fill(rig.db, account, 0, 200);
    const few = await take();
    await fill(rig.db, account, 200, 4_000);
    const many = await take();
    // A level more of some indexes, and no table of accounts read through.
    expect(many.blocks - few.blocks).toBeLessThanOrEqual(12);
    expect(many.through.filter((table) => TABLES.includes(table))).toEqual([]);
  });
});
