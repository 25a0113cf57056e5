import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY, MINUTE, SECOND } from '../../../../src/domain/shared/time.js';
import { openShop } from './shop.js';

const monthly = fc.bigInt({ min: 1n, max: 100_000n });

describe('a quote', () => {
  it('is charged to the cent, whenever in the period it is asked for and whatever the prices are', async () => {
    await fc.assert(
      fc.asyncProperty(
        monthly,
        monthly,
        fc.boolean(),
        fc.integer({ min: 0, max: 30 * DAY - 11 * MINUTE }),
        fc.integer({ min: 0, max: 10 * MINUTE - SECOND }),
        async (from, to, yearly, when, later) => {
          const shop = await openShop();
          const before = await shop.plan('Before', from, from * 10n);
          const after = await shop.plan('After', to, to * 10n);
          await shop.subscribe(before.monthly);
          await shop.pass(when);
          const priceId = yearly ? after.yearly : after.monthly;
          const quoted = (await shop.app.previewChange({ priceId }, shop.payer()))._unsafeUnwrap();
          await shop.pass(later);
          const changed = await shop.app.changePlan({ priceId, at: quoted.at }, shop.payer());
          expect(changed._unsafeUnwrap().processor?.priceId).toBe(priceId);
          expect(await shop.bills()).toEqual([from, quoted.preview.amountDue]);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('of the next invoice is what the renewal charges, also after a change to something cheaper', async () => {
    await fc.assert(
      fc.asyncProperty(monthly, monthly, fc.integer({ min: 0, max: 29 * DAY }), async (from, to, when) => {
        const shop = await openShop();
        const before = await shop.plan('Before', from, from * 10n);
        const after = await shop.plan('After', to, to * 10n);
        await shop.subscribe(before.monthly);
        await shop.pass(when);
        (await shop.app.changePlan({ priceId: after.monthly }, shop.payer()))._unsafeUnwrap();
        const upcoming = (await shop.app.upcomingInvoice(shop.payer()))._unsafeUnwrap();
        await shop.pass(30 * DAY - when);
        expect((await shop.bills()).at(-1)).toBe(upcoming?.amountDue);
      }),
      { numRuns: 50 },
    );
  });

  it('goes on at the old price for who is subscribed when a plan gets dearer, until they change', async () => {
    const shop = await openShop();
    const { plan, monthly: old } = await shop.plan('Basic', 10_000n, 100_000n);
    await shop.subscribe(old);
    const dearer = shop.price(15_000n, { interval: 'month', count: 1 });
    (await shop.app.updatePlan(plan.id, { monthlyPriceId: dearer }, shop.admin()))._unsafeUnwrap();
    expect((await shop.app.upcomingInvoice(shop.payer()))._unsafeUnwrap()?.amountDue).toBe(10_000n);
    await shop.pass(30 * DAY);
    expect(await shop.bills()).toEqual([10_000n, 10_000n]);
    const quoted = (await shop.app.previewChange({ priceId: dearer }, shop.payer()))._unsafeUnwrap();
    expect(quoted.preview.amountDue).toBe(5_000n);
    (await shop.app.changePlan({ priceId: dearer, at: quoted.at }, shop.payer()))._unsafeUnwrap();
    expect((await shop.app.upcomingInvoice(shop.payer()))._unsafeUnwrap()?.amountDue).toBe(15_000n);
    expect(await shop.bills()).toEqual([10_000n, 10_000n, 5_000n]);
  });
});
