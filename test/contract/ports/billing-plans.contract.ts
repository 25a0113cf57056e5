import { err, errAsync, ok } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Currency } from '../../../src/domain/billing/currency.js';
import type { Plan } from '../../../src/domain/billing/plan.js';
import { PLATFORM, type SellerId } from '../../../src/domain/billing/seller.js';
import { MINUTE, plus } from '../../../src/domain/shared/time.js';
import { NOT_FOUND } from '../../../src/ports/shared/failure.js';
import { AT, newId } from '../../support/accounts.js';
import { aPlan, aPrice } from '../../support/billing.js';
import { meeting } from '../../support/meeting.js';
import { pagesOf } from '../../support/pages.js';
import { outcomes, value } from './accounts.rig.js';
import { type BillingRig, billingOf } from './billing.rig.js';

const LATER = plus(AT, MINUTE);
const NAME_TAKEN = err({ kind: 'plan_name_taken' });
const taken = (processorId: string) => err({ kind: 'price_taken', processorId });

export const billingPlansContract = (name: string, open: () => Promise<BillingRig>) =>
  describe(`Plans: ${name}`, () => {
    let rig: BillingRig;
    let given: ReturnType<typeof billingOf>;
    let another: SellerId;
    beforeAll(async () => {
      rig = await open();
      given = billingOf(rig);
      another = await rig.seller();
    });
    const add = (plan: Plan) => rig.billing.run((tx) => tx.plans.add(plan));
    const save = (plan: Plan) => rig.billing.run((tx) => tx.plans.save(plan));
    const get = (seller: SellerId, id: string) => rig.billing.run((tx) => tx.plans.get(seller, id));

    it('gives a plan a number and keeps all else as it was said, prices in their order', async () => {
      const rich = aPlan({
        catalogue: 'datilio',
        productId: 'prod_1',
        traits: { file_limit: 10, features: ['a', { b: null }], unlimited: false },
        prices: [
          // More than a number holds exactly; and the later id comes first.
          aPrice({
            id: 'ffffffff-0000-7000-8000-000000000001',
            cost: { amount: 9_007_199_254_740_993n, currency: 'jpy' as Currency },
          }),
          aPrice({
            processorId: undefined,
            cost: { amount: 0n, currency: 'usd' as Currency },
            active: false,
          }),
          aPrice({ processorId: undefined, every: { interval: 'year', count: 3 } }),
        ],
      });
      const bare = aPlan({ prices: [] });
      for (const plan of [rich, bare]) {
        const { number, ...added } = await value(add(plan));
        expect(number).toBeGreaterThan(0);
        expect({ ...added, number: 0 }).toEqual(plan);
        const stored = { ...plan, number };
        expect(await get(PLATFORM, plan.id)).toEqual(ok(stored));
        expect(await rig.billingReaders.plan(PLATFORM, plan.id)).toEqual(ok(stored));
        expect(await rig.billingReaders.planByNumber(PLATFORM, plan.catalogue, number)).toEqual(ok(stored));
      }
      const [one, two] = [await given.plan(), await given.plan()];
      expect(two.number).toBeGreaterThan(one.number);
    });

    it('finds no plan of another seller, of another catalogue, or that is not there', async () => {
      const plan = await given.plan();
      const numbered = (seller: SellerId, number: number, catalogue: Plan['catalogue'] = plan.catalogue) =>
        rig.billingReaders.planByNumber(seller, catalogue, number);
      for (const nothing of [
        get(another, plan.id),
        get(PLATFORM, newId()),
        rig.billingReaders.plan(another, plan.id),
        rig.billingReaders.plan(PLATFORM, newId()),
        numbered(another, plan.number),
        numbered(PLATFORM, plan.number, 'datilio'),
        numbered(PLATFORM, plan.number + 1_000),
      ])
        expect(await nothing).toEqual(err(NOT_FOUND));
      expect(await save({ ...plan, sellerId: another })).toEqual(err({ kind: 'stale_version', id: plan.id }));
      expect(await get(PLATFORM, plan.id)).toEqual(ok(plan));
    });

    it('has each name once in a catalogue of a seller', async () => {
      const plan = await given.plan();
      const same = { name: plan.name };
      expect(await add(aPlan(same))).toEqual(NAME_TAKEN);
      for (const over of [{ catalogue: 'datilio' }, { sellerId: another }] as const)
        expect((await add(aPlan({ ...same, ...over }))).isOk()).toBe(true);
      const other = await given.plan();
      expect(await save({ ...other, ...same })).toEqual(NAME_TAKEN);
      const renamed = await value(save({ ...plan, name: `${plan.name}, formerly` }));
      expect(renamed).toMatchObject({ version: 2, number: plan.number });
      expect(await save({ ...other, ...same })).toMatchObject({ value: { name: plan.name } });
    });

    it('has each price of the processor once, and says which one is taken', async () => {
      const [mine, theirs] = [aPrice(), aPrice()];
      const plan = await given.plan({ prices: [mine] });
      const again = { ...theirs, processorId: mine.processorId };
      const refused = aPlan({ prices: [aPrice(), again] });
      expect(await add(refused)).toEqual(taken(mine.processorId!));
      expect(await rig.billingReaders.plan(PLATFORM, refused.id)).toEqual(err(NOT_FOUND));
      expect(await save({ ...plan, prices: [mine, again] })).toEqual(taken(mine.processorId!));
      expect(await get(PLATFORM, plan.id)).toEqual(ok(plan));
      expect((await add(aPlan({ sellerId: another, prices: [again] }))).isOk()).toBe(true);
      expect(await rig.billingReaders.price(PLATFORM, { processorId: mine.processorId! })).toEqual(
        ok({ plan, price: mine }),
      );
    });

    it('adds new prices, puts others aside or back, and changes or drops none', async () => {
      const [first, second, third] = [aPrice(), aPrice({ active: false }), aPrice()];
      const plan = await given.plan({ prices: [first, second] });
      const dearer = { ...first, cost: { ...first.cost, amount: 1n }, active: false };
      const saved = await value(
        save({
          ...plan,
          name: `New ${plan.id}`,
          productId: 'prod_2',
          traits: { a: 1 },
          prices: [third, { ...second, active: true }, dearer],
          updatedAt: LATER,
        }),
      );
      const prices = [{ ...first, active: false }, { ...second, active: true }, third];
      expect(saved).toEqual({
        ...plan,
        ...{ name: `New ${plan.id}`, productId: 'prod_2', traits: { a: 1 }, updatedAt: LATER, version: 2 },
        prices,
      });
      const bare = await value(save({ ...saved, productId: undefined, prices: [] }));
      expect(bare).toEqual({ ...saved, productId: undefined, version: 3 });
      expect(await get(PLATFORM, plan.id)).toEqual(ok(bare));
    });

    it('finds the plan and the price by either id, within the seller', async () => {
      const [first, second] = [aPrice(), aPrice({ active: false })];
      const plan = await given.plan({ prices: [first, second] });
      const { price } = rig.billingReaders;
      for (const each of [first, second]) {
        const found = ok({ plan, price: each });
        expect(await price(PLATFORM, { id: each.id })).toEqual(found);
        expect(await price(PLATFORM, { processorId: each.processorId! })).toEqual(found);
      }
      for (const nothing of [
        price(another, { id: first.id }),
        price(another, { processorId: first.processorId! }),
        price(PLATFORM, { id: newId() }),
        price(PLATFORM, { processorId: first.id }),
      ])
        expect(await nothing).toEqual(ok(undefined));
    });

    it('pages a catalogue, oldest first, each plan with all its prices', async () => {
      const own = { sellerId: another, catalogue: 'datilio' } as const;
      const before = await value(rig.billingReaders.plansOf(another, 'datilio', { size: 100 }));
      const made: Plan[] = [];
      for (const prices of [[aPrice(), aPrice()], [], [aPrice(), aPrice(), aPrice()]])
        made.push(await given.plan({ ...own, prices }));
      await given.plan({ sellerId: another });
      const pages = await pagesOf((page) => rig.billingReaders.plansOf(another, 'datilio', page), 2);
      expect(pages.flat()).toEqual([...before.items, ...made]);
      expect(pages.slice(0, -1).every((page) => page.length === 2)).toBe(true);
      expect(await rig.billingReaders.plansOf(await rig.seller(), 'datilio', { size: 2 })).toEqual(
        ok({ items: [] }),
      );
    });

    it('lets one of two who save the same version win, and one of two who take a name or a price', async () => {
      const plan = await given.plan();
      const meet = (met: ReturnType<typeof meeting>, write: Plan, way: 'add' | 'save') =>
        rig.billing.run((tx) =>
          tx.plans
            .get(PLATFORM, plan.id)
            .andThen(() => met())
            .andThen(() => tx.plans[way](write)),
        );
      const race = (way: 'add' | 'save', ...plans: readonly Plan[]) => {
        const met = meeting(plans.length);
        return outcomes(plans.map((write) => meet(met, write, way)));
      };
      expect(await race('save', { ...plan, traits: { a: 1 } }, { ...plan, traits: { a: 2 } })).toEqual([
        'ok',
        'stale_version',
      ]);
      expect((await value(get(PLATFORM, plan.id))).version).toBe(2);
      const named = newId();
      expect(await race('add', aPlan({ name: named }), aPlan({ name: named }))).toEqual([
        'ok',
        'plan_name_taken',
      ]);
      const { processorId } = aPrice();
      const withIt = () => aPlan({ prices: [aPrice({ processorId })] });
      expect(await race('add', withIt(), withIt())).toEqual(['ok', 'price_taken']);
    });

    it('leaves no trace of a unit that answers Err, and hands out copies', async () => {
      const undone = aPlan();
      expect(
        await rig.billing.run((tx) => tx.plans.add(undone).andThen(() => errAsync('changed my mind'))),
      ).toEqual(err('changed my mind'));
      expect(await rig.billingReaders.plan(PLATFORM, undone.id)).toEqual(err(NOT_FOUND));
      expect((await add({ ...undone, id: newId() })).isOk()).toBe(true);
      const plan = await given.plan({ traits: { list: [1] } });
      (plan.traits['list'] as number[]).push(2);
      Object.assign(plan.prices[0]!, { active: false });
      expect(await get(PLATFORM, plan.id)).toMatchObject({
        value: { traits: { list: [1] }, prices: [{ active: true }] },
      });
    });
  });
