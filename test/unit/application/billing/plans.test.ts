import { describe, expect, it } from 'vitest';
import { currency } from '../../../../src/domain/billing/currency.js';
import { PLATFORM } from '../../../../src/domain/billing/seller.js';
import { kindOf, openShop, type Shop } from './shop.js';

const MONTH = { interval: 'month', count: 1 } as const;
const YEAR = { interval: 'year', count: 1 } as const;

const create = (shop: Shop, over: object, key?: string) =>
  shop.app.createPlan(
    { name: 'Basic', productId: 'prod_1', monthlyPriceId: 'none', yearlyPriceId: 'none', ...over },
    shop.admin(),
    key === undefined ? undefined : shop.once(key),
  );

describe('a plan', () => {
  it('is sold at what its prices cost at the processor when it was written down', async () => {
    const shop = await openShop();
    const [monthlyPriceId, yearlyPriceId] = [shop.price(999n, MONTH), shop.price(9_990n, YEAR)];
    const made = (await create(shop, { monthlyPriceId, yearlyPriceId }, 'k'))._unsafeUnwrap();
    expect(made).toMatchObject({
      name: 'Basic',
      catalogue: 'training-pipes',
      productId: 'prod_1',
      number: 1,
    });
    expect(made.prices).toMatchObject([
      { processorId: monthlyPriceId, cost: { amount: 999n, currency: 'usd' }, every: MONTH, active: true },
      { processorId: yearlyPriceId, cost: { amount: 9_990n, currency: 'usd' }, every: YEAR, active: true },
    ]);
    expect((await create(shop, { monthlyPriceId, yearlyPriceId }, 'k'))._unsafeUnwrap()).toEqual(made);
    shop.hooks.archivePrice(monthlyPriceId);
    const listed = (await shop.app.listPlans('training-pipes', { size: 10 }))._unsafeUnwrap();
    expect(listed.items).toEqual([made]);
    expect((await shop.app.listPlans('datilio', { size: 10 }))._unsafeUnwrap().items).toEqual([]);
    expect(await shop.events(made.id)).toEqual([1]);
    expect(await shop.audit()).toContain('plan.create');
  });

  it('is not made of prices that are missing, archived, of another rhythm, product or currency, or by usage', async () => {
    const shop = await openShop();
    const [month, year, archived] = [
      shop.price(999n, MONTH),
      shop.price(9_990n, YEAR),
      shop.price(1n, MONTH),
    ];
    shop.hooks.archivePrice(archived);
    const of = (over: object) => shop.hooks.addPrice({ ...base, ...over });
    const base = {
      productId: 'prod_1',
      active: true,
      currency: 'usd',
      amount: 9_990n,
      every: YEAR,
      metered: false,
    };
    const [euros, elsewhere] = [of({ currency: 'eur' }), of({ productId: 'prod_2' })];
    const [tiered, used, gems] = [of({ amount: undefined }), of({ metered: true }), of({ currency: 'gem' })];
    const fieldOf = async (monthlyPriceId: string, yearlyPriceId: string, productId = 'prod_1') => {
      const refused = (await create(shop, { monthlyPriceId, yearlyPriceId, productId }))._unsafeUnwrapErr();
      return refused.kind === 'price_not_usable' ? refused.field : refused.kind;
    };
    expect(await fieldOf('price_of_nobody', year)).toBe('monthly_price_id');
    expect(await fieldOf(archived, year)).toBe('monthly_price_id');
    expect(await fieldOf(year, year)).toBe('monthly_price_id');
    expect(await fieldOf(month, month)).toBe('yearly_price_id');
    expect(await fieldOf(month, 'price_of_nobody')).toBe('yearly_price_id');
    expect(await fieldOf(month, euros)).toBe('yearly_price_id');
    expect(await fieldOf(month, elsewhere)).toBe('yearly_price_id');
    expect(await fieldOf(month, tiered)).toBe('yearly_price_id');
    expect(await fieldOf(month, used)).toBe('yearly_price_id');
    expect(await fieldOf(month, gems)).toBe('yearly_price_id');
    expect(await fieldOf(month, elsewhere, 'prod_2')).toBe('monthly_price_id');
    expect(await fieldOf(month, year, 'prod_2')).toBe('stripe_product_id');
    expect((await shop.app.listPlans('training-pipes', { size: 10 }))._unsafeUnwrap().items).toEqual([]);
    shop.withoutKey();
    expect(kindOf(await create(shop, { monthlyPriceId: month, yearlyPriceId: year }))).toBe(
      'payments_not_configured',
    );
  });

  it('has its name and its prices to itself', async () => {
    const shop = await openShop();
    const { plan, monthly, yearly } = await shop.plan('Basic', 999n, 9_990n);
    const pro = await shop.plan('Pro', 1_999n, 19_990n);
    const other = { monthlyPriceId: shop.price(1n, MONTH), yearlyPriceId: shop.price(10n, YEAR) };
    expect(kindOf(await create(shop, other))).toBe('plan_name_taken');
    const taken = await create(shop, { name: 'Other', monthlyPriceId: monthly, yearlyPriceId: yearly });
    expect(taken._unsafeUnwrapErr()).toMatchObject({ kind: 'price_taken' });
    expect(kindOf(await shop.app.updatePlan(plan.id, { name: 'Pro' }, shop.admin()))).toBe('plan_name_taken');
    const moved = await shop.app.updatePlan(plan.id, { monthlyPriceId: pro.monthly }, shop.admin());
    expect(kindOf(moved)).toBe('price_taken');
  });

  it('changes in what is given; a price that was put aside can be taken up again', async () => {
    const shop = await openShop();
    const { plan, monthly, yearly } = await shop.plan('Basic', 999n, 9_990n);
    const update = async (changes: object) =>
      (await shop.app.updatePlan(plan.id, changes, shop.admin()))._unsafeUnwrap();
    expect(await update({})).toEqual(plan);
    expect((await update({ name: 'Starter' })).prices).toEqual(plan.prices);
    const dearer = shop.price(1_499n, MONTH);
    const sold = ({ prices }: typeof plan) => prices.map(({ processorId, active }) => [processorId, active]);
    const changed = await update({ monthlyPriceId: dearer });
    expect([changed.name, sold(changed)]).toEqual([
      'Starter',
      [
        [monthly, false],
        [yearly, true],
        [dearer, true],
      ],
    ]);
    expect(sold(await update({ monthlyPriceId: monthly }))).toEqual([
      [monthly, true],
      [yearly, true],
      [dearer, false],
    ]);
    expect(await shop.events(plan.id)).toEqual([1, 2, 3, 4]);
    const refused = await shop.app.updatePlan(plan.id, { productId: 'prod_2' }, shop.admin());
    expect(refused._unsafeUnwrapErr()).toMatchObject({ field: 'stripe_product_id' });
    expect(kindOf(await shop.app.updatePlan('no-plan', { name: 'x' }, shop.admin()))).toBe('not_found');
  });

  it('changes under one of two who change it at once', async () => {
    const shop = await openShop();
    const { plan } = await shop.plan('Basic', 999n, 9_990n);
    const outcomes = await Promise.all(
      ['One', 'Two'].map((name) => shop.app.updatePlan(plan.id, { name }, shop.admin())),
    );
    expect(outcomes.map(kindOf).sort()).toEqual(['ok', 'stale_version']);
  });

  it('of our own has a price that the processor does not know', async () => {
    const shop = await openShop();
    const cost = { amount: 2_900n, currency: currency('usd')._unsafeUnwrap() };
    const wanted = {
      catalogue: 'datilio',
      name: 'Pro',
      cost,
      every: MONTH,
      traits: { file_limit: 3 },
    } as const;
    const make = (key?: string) =>
      shop.app.createOwnPlan(wanted, shop.admin(), key === undefined ? undefined : shop.once(key));
    const made = (await make('k'))._unsafeUnwrap();
    expect(made).toMatchObject({ traits: { file_limit: 3 }, prices: [{ cost, active: true }] });
    expect(made.prices[0]?.processorId).toBeUndefined();
    expect((await make('k'))._unsafeUnwrap()).toEqual(made);
    expect(kindOf(await make())).toBe('plan_name_taken');
  });

  it('of another catalogue are not there for who changes plans of the processor’s', async () => {
    const shop = await openShop();
    const plan = await shop.ownPlan('Pro', 2_900n);
    const prices = { monthlyPriceId: shop.price(9_900n, MONTH), yearlyPriceId: shop.price(99_000n, YEAR) };
    for (const changes of [{ name: 'Mine' }, { productId: 'prod_1', ...prices }])
      expect(kindOf(await shop.app.updatePlan(plan.id, changes, shop.admin()))).toBe('not_found');
    expect(await shop.deps.readers.plan(PLATFORM, plan.id).unwrapOr(undefined)).toEqual(plan);
  });

  it('that come with a deployment are put on sale once, whatever they are called by now', async () => {
    const shop = await openShop();
    const cost = { amount: 2_900n, currency: currency('usd')._unsafeUnwrap() };
    const stocked = {
      stockedAs: 'pro',
      catalogue: 'datilio',
      name: 'Pro',
      cost,
      every: MONTH,
      traits: {},
    } as const;
    const names = async () =>
      (await shop.app.listPlans('datilio', { size: 10 }))._unsafeUnwrap().items.map(({ name }) => name);
    const stock = async (over = {}) => (await shop.app.stockPlans([{ ...stocked, ...over }]))._unsafeUnwrap();
    await stock();
    const [plan] = (await shop.app.listPlans('datilio', { size: 10 }))._unsafeUnwrap().items;
    if (plan === undefined) throw new Error('nothing is on sale');
    (await shop.deps.billing.run((tx) => tx.plans.save({ ...plan, name: 'Professional' })))._unsafeUnwrap();
    await stock();
    expect(await names()).toEqual(['Professional']);
    await stock({ stockedAs: 'team', name: 'Team' });
    expect(await names()).toEqual(['Professional', 'Team']);
    await shop.ownPlan('Of old', 100n);
    await stock({ stockedAs: 'old', name: 'Of old' });
    expect(await names()).toEqual(['Professional', 'Team', 'Of old']);
  });
});
