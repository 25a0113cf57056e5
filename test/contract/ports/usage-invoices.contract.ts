import { afterEach, describe, expect, it } from 'vitest';
import { DAY, HOUR, instant, plus } from '../../../src/domain/shared/time.js';
import { type BilledBy, NOON, openPlatform, PLAN } from './usage-invoices.rig.js';

export const usageInvoicesContract = (name: string, billedBy: BilledBy) =>
  describe(`What was used, on the invoice: ${name}`, () => {
    let platform: Awaited<ReturnType<typeof openPlatform>>;
    afterEach(() => platform.close());

    const storeSome = async () => {
      for (const [days, gigabytes] of [
        [0, 731],
        [3, 1_003],
        [20, 17],
        [29.5, 2_345],
        [40, 999],
      ] as const)
        await platform.stores(plus(NOON, days * DAY), gigabytes);
    };

    it('is of a month what the report says of its days, to the cent, and why the invoice was made', async () => {
      platform = await openPlatform(billedBy);
      await platform.subscribe();
      await storeSome();
      const end = (await platform.subscription())?.period.end ?? NOON;
      expect(new Date(end).toISOString()).toBe('2026-07-10T12:00:00.000Z');
      await platform.live(plus(end, -HOUR));
      const used = await platform.reported(NOON, plus(end, -12 * HOUR));
      expect(used).toBeGreaterThan(1_000n);
      const upcoming = (await platform.app.upcomingInvoice(platform.payer()))._unsafeUnwrap();
      expect(upcoming?.amountDue).toBe(PLAN + used);
      expect(upcoming?.lines.map(({ amount }) => amount).sort()).toEqual([PLAN, used].sort());
      await platform.goTo(end);
      expect((await platform.invoices()).map(({ amountDue, reason }) => [amountDue, reason])).toEqual([
        [PLAN, 'subscription_create'],
        [PLAN + used, 'subscription_usage'],
      ]);
    });

    it('is no reason of an invoice where nothing was used', async () => {
      platform = await openPlatform(billedBy);
      await platform.subscribe();
      const end = (await platform.subscription())?.period.end ?? NOON;
      await platform.live(end);
      expect((await platform.invoices()).map(({ reason }) => reason)).toEqual([
        'subscription_create',
        'subscription_cycle',
      ]);
    });

    it('is all of it, to the last minute of a subscription that ends', async () => {
      platform = await openPlatform(billedBy);
      await platform.subscribe();
      await storeSome();
      await platform.live(plus(NOON, 35 * DAY));
      (await platform.app.cancel(platform.payer()))._unsafeUnwrap();
      const end = (await platform.subscription())?.period.end ?? NOON;
      await platform.live(end);
      expect((await platform.subscription())?.status).toBe('ended');
      await platform.live(plus(end, 3 * DAY));
      const bills = await platform.invoices();
      expect(bills.map(({ reason }) => reason)).toEqual([
        'subscription_create',
        'subscription_usage',
        'subscription_usage',
      ]);
      const total = bills.reduce((sum, { amountPaid }) => sum + amountPaid, 0n);
      expect(total - 2n * PLAN).toBe(await platform.reported(NOON, end));
    });

    it('is told of once where another subscription begins on the day that one ends', async () => {
      platform = await openPlatform(billedBy);
      const { again } = await platform.subscribe();
      await storeSome();
      (await platform.app.cancel(platform.payer()))._unsafeUnwrap();
      const end = (await platform.subscription())?.period.end ?? NOON;
      await platform.live(plus(end, 2 * HOUR));
      await platform.pay((await platform.app.openCheckout(again, platform.payer()))._unsafeUnwrap());
      await platform.live(plus(end, 9 * DAY + 2 * HOUR));
      const now = platform.clock.now();
      const midnight = instant(Math.floor(now / DAY) * DAY);
      const later = await platform.reported(plus(end, 2 * HOUR), midnight);
      const upcoming = (await platform.app.upcomingInvoice(platform.payer()))._unsafeUnwrap();
      expect(upcoming?.amountDue).toBe(PLAN + later);
      const billed = (await platform.invoices()).reduce((sum, { amountPaid }) => sum + amountPaid, 0n);
      expect(billed - 2n * PLAN).toBe(await platform.reported(NOON, end));
    });

    it('goes with a change to another rhythm, on the invoices of both', async () => {
      platform = await openPlatform(billedBy);
      const { yearlyPriceId: priceId } = await platform.subscribe();
      await storeSome();
      await platform.live(plus(NOON, 12 * DAY));
      const quote = (await platform.app.previewChange({ priceId }, platform.payer()))._unsafeUnwrap();
      const { at } = quote;
      (await platform.app.changePlan({ priceId, at }, platform.payer()))._unsafeUnwrap();
      const [, update] = await platform.invoices();
      expect(update).toMatchObject({ amountDue: quote.preview.amountDue, reason: 'subscription_update' });
      const before = await platform.reported(NOON, plus(at, -12 * HOUR));
      expect(quote.preview.lines.map(({ amount }) => amount)).toContain(before);
      await platform.live(plus(at, 7 * DAY));
      const upcoming = (await platform.app.upcomingInvoice(platform.payer()))._unsafeUnwrap();
      const all = await platform.reported(NOON, plus(platform.clock.now(), -12 * HOUR));
      expect(upcoming?.amountDue).toBe(10n * PLAN + all - before);
    });
  });
