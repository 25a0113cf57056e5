import { describe, expect, it } from 'vitest';
import type { UsageRow } from '../../../../src/adapters/memory/billing/rows.js';
import { TABLES as STORAGE } from '../../../../src/adapters/memory/storage/rows.js';
import { PLATFORM_CONNECTION } from '../../../../src/application/billing/events/connections.js';
import { RECONCILE_JOB, USAGE_JOB } from '../../../../src/application/billing/index.js';
import { labelsOf } from '../../../../src/domain/billing/labels.js';
import { DAY, HOUR, plus } from '../../../../src/domain/shared/time.js';
import { aBucket } from '../../../support/storage.js';
import { ACCOUNT, CANCEL, openShop, type Shop, START, SUCCESS } from './shop.js';

const reconcile = async (shop: Shop) =>
  (await shop.app.jobs[RECONCILE_JOB]({ id: 'j', kind: RECONCILE_JOB, payload: {} }))._unsafeUnwrap();
const report = async (shop: Shop) =>
  (await shop.app.jobs[USAGE_JOB]({ id: 'j', kind: USAGE_JOB, payload: {} }))._unsafeUnwrap();

/** Subscribed at the processor's own door, where nobody thinks of usage. */
const subscribedThere = async (price: (shop: Shop) => Promise<string>) => {
  const shop = await openShop();
  const card = { mode: 'setup' as const, successUrl: SUCCESS, cancelUrl: CANCEL };
  const { id } = (await shop.app.openCheckout(card, shop.payer()))._unsafeUnwrap();
  shop.hooks.complete(id);
  const [customer] = await shop.customers();
  if (customer === undefined) throw new Error('there is no customer');
  const labels = labelsOf(customer);
  const subscription = shop.hooks.subscribe(customer.processorId ?? '', [await price(shop)], labels);
  await shop.delivered();
  const view = async () =>
    (await shop.memory.subscriptions.get(PLATFORM_CONNECTION, subscription))._unsafeUnwrap();
  const due = async () =>
    (await shop.memory.invoices.upcoming(PLATFORM_CONNECTION, subscription))._unsafeUnwrap()?.amountDue;
  return { shop, view, due };
};
const basic = async (shop: Shop) => (await shop.plan('Basic', 10_000n, 100_000n)).monthly;

describe('a subscription that charges nothing for what is used', () => {
  it('gets the price for it within the hour, once', async () => {
    const { shop, view } = await subscribedThere(basic);
    expect((await view()).usage).toBeUndefined();
    await reconcile(shop);
    const { usage } = await view();
    expect(usage).toMatchObject({ since: START });
    shop.clock.advance(HOUR);
    await reconcile(shop);
    expect((await view()).usage).toEqual(usage);
    expect((await shop.subscriptions()).map(({ processor }) => processor?.usageSince)).toEqual([START]);
    expect((await shop.audit()).filter((action) => action === 'subscription.add_usage')).toHaveLength(1);
  });

  it('gets one of its own rhythm also at a price that only the processor knows', async () => {
    const every = { interval: 'week', count: 2 } as const;
    const { shop, view } = await subscribedThere(async ({ price }) => price(500n, every));
    await reconcile(shop);
    const price = (await view()).usage?.price ?? '';
    const found = await shop.memory.catalogue.price(PLATFORM_CONNECTION, price);
    expect(found._unsafeUnwrap()).toMatchObject({ metered: true, every, currency: 'usd' });
  });

  it('gets none in another currency, nor before a price that is planned has come', async () => {
    const euros = await subscribedThere(async ({ hooks }) =>
      hooks.addPrice({
        productId: 'prod_1',
        active: true,
        currency: 'eur',
        amount: 900n,
        every: { interval: 'month', count: 1 },
        metered: false,
      }),
    );
    await reconcile(euros.shop);
    expect((await euros.view()).usage).toBeUndefined();

    const { shop, view } = await subscribedThere(basic);
    const [row] = await shop.subscriptions();
    const planned = await shop.plan('Later', 1_000n, 10_000n);
    const nextPriceId = planned.plan.prices[0]?.id ?? '';
    if (row)
      (await shop.deps.billing.run((tx) => tx.subscriptions.save({ ...row, nextPriceId })))._unsafeUnwrap();
    await reconcile(shop);
    expect((await view()).usage).toBeUndefined();
  });

  it('is left to itself while somebody changes it', async () => {
    const { shop, view } = await subscribedThere(basic);
    shop.memory.faults.next('before', { call: 'setCancelAtPeriodEnd' });
    expect((await shop.app.cancel(shop.payer())).isErr()).toBe(true);
    await reconcile(shop);
    expect((await view()).usage).toBeUndefined();
    shop.clock.advance(HOUR);
    await shop.work();
    await reconcile(shop);
    expect(await view()).toMatchObject({ cancelAtPeriodEnd: true, usage: { since: plus(START, HOUR) } });
  });

  it('is charged what was used before, from then on', async () => {
    const { shop, due } = await subscribedThere(basic);
    const bucket = aBucket(ACCOUNT);
    const put = async (table: string, id: string, row: object) =>
      (await shop.store.run((tx) => tx.table(table).put(id, row)))._unsafeUnwrap();
    await put(STORAGE.buckets, bucket.id, bucket);
    const at = { hour: START, lastAt: START, byteMs: 0n, bytes: 100_000_000_000, objects: 1 };
    await put(STORAGE.storageHours, 'h', { accountId: ACCOUNT, bucketId: bucket.id, ...at });
    (await shop.app.updatePriceBook())._unsafeUnwrap();
    shop.clock.advance(4 * DAY + 2 * HOUR);
    await report(shop);
    expect(await shop.rows<UsageRow>('reported_usage')).toEqual([]);
    await reconcile(shop);
    await report(shop);
    const lines = await shop.rows<UsageRow>('reported_usage');
    expect(lines.map(({ usedAt }) => usedAt)).toEqual(Array.from({ length: 4 }, () => shop.clock.now()));
    // A hundred gigabytes at a tenth of a cent each and day.
    expect(await due()).toBe(10_000n + 40n);
  });
});
