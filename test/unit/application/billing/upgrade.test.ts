import { expect, it } from 'vitest';
import { type BillingDeps, billing } from '../../../../src/application/billing/index.js';
import type { BillingIntent } from '../../../../src/ports/billing/unit-of-work.js';
import { ACCOUNT, CANCEL, kindOf, openShop, type Shop, SUCCESS } from './shop.js';

const intents = async ({ rows }: Shop) =>
  (await rows<BillingIntent>('billing_intents')).map(({ data }) => data);
const withSettings = ({ deps }: Shop, over: Partial<BillingDeps['settings']>) =>
  billing({ ...deps, settings: { ...deps.settings, ...over } });

it('leads back to the pages of the project, unless it is told where to', async () => {
  const shop = await openShop();
  const { monthly } = await shop.plan('Basic', 1_000n, 10_000n);
  (await shop.app.openUpgrade({}, shop.payer()))._unsafeUnwrap();
  const page = `https://tollhouse.example/app/projects/${ACCOUNT}/billing?checkout=`;
  expect(await intents(shop)).toMatchObject([
    { price: monthly, successUrl: `${page}success`, cancelUrl: `${page}cancel` },
  ]);
  (await shop.app.openUpgrade({ successUrl: SUCCESS, cancelUrl: CANCEL }, shop.payer()))._unsafeUnwrap();
  expect(await intents(shop)).toContainEqual(
    expect.objectContaining({ successUrl: SUCCESS, cancelUrl: CANCEL }),
  );
});

it('looks through all plans for the cheapest, however many there are', async () => {
  const shop = await openShop();
  for (let i = 0; i < 101; i += 1) await shop.plan(`Plan ${i}`, BigInt(2_000 + i), 50_000n);
  const { monthly } = await shop.plan('The last one', 1_999n, 50_000n);
  (await shop.app.openUpgrade({}, shop.payer()))._unsafeUnwrap();
  expect(await intents(shop)).toMatchObject([{ price: monthly }]);
});

it('buys what the settings name, where they do', async () => {
  const shop = await openShop();
  await shop.plan('Basic', 1_000n, 10_000n);
  const { yearly } = await shop.plan('Team', 2_000n, 20_000n);
  const app = withSettings(shop, { upgradePriceId: yearly });
  (await app.openUpgrade({}, shop.payer()))._unsafeUnwrap();
  expect(await intents(shop)).toMatchObject([{ price: yearly }]);
  const unknown = withSettings(shop, { upgradePriceId: 'price_unknown' });
  expect(kindOf(await unknown.openUpgrade({}, shop.payer()))).toBe('price_unknown');
});

it('has nothing to offer where nothing is sold', async () => {
  const shop = await openShop();
  await shop.ownPlan('Of another contract', 500n);
  expect(kindOf(await shop.app.openUpgrade({}, shop.payer()))).toBe('price_unknown');
});
