import { beforeAll, describe, expect, it } from 'vitest';
import { PLATFORM, type SellerId } from '../../../src/domain/billing/seller.js';
import type { Subscription } from '../../../src/domain/billing/subscription.js';
import { DAY, plus } from '../../../src/domain/shared/time.js';
import { AT, newId } from '../../support/accounts.js';
import { value } from './accounts.rig.js';
import { type BillingRig, billingOf } from './billing.rig.js';

export const billingStandingsContract = (name: string, open: () => Promise<BillingRig>) =>
  describe(`Standings: ${name}`, () => {
    let rig: BillingRig;
    let given: ReturnType<typeof billingOf>;
    let another: SellerId;
    beforeAll(async () => {
      rig = await open();
      given = billingOf(rig);
      another = await rig.seller();
    });
    const known = async (over: { readonly sellerId?: SellerId } = {}) => {
      const customer = await given.customer(over);
      const processorId = `cus_${newId()}`;
      await value(rig.billing.run((tx) => tx.customers.bind(customer, processorId)));
      return { ...customer, processorId };
    };
    const standings = (payers: Parameters<BillingRig['billingReaders']['standingsOf']>[1]) =>
      value(rig.billingReaders.standingsOf(PLATFORM, payers));
    const shown = ({ processor }: Subscription) => ({
      id: processor?.id,
      status: processor?.status,
      priceId: processor?.priceId,
    });

    it('are of those whom the processor knows as customers of this seller, and of nobody who was not asked for', async () => {
      const [bare, told, foreign, unasked] = [
        await given.customer(),
        await known(),
        await known({ sellerId: another }),
        await known(),
      ];
      const found = await standings([bare.payer, told.payer, foreign.payer, await given.payer()]);
      expect([...found.keys()]).toEqual([told.payer]);
      expect(found.get(told.payer)?.customerId).toBe(told.processorId);
      expect(found.get(told.payer)?.subscription).toBeUndefined();
      expect(found.has(unasked.payer)).toBe(false);
      expect((await standings([])).size).toBe(0);
    });

    it('show the live subscription, whenever it began, and else the one that began last', async () => {
      const [running, over] = [await known(), await known()];
      const live = await given.subscription(running);
      const later = plus(AT, DAY);
      const ended = { status: 'ended', startedAt: later, endedAt: plus(later, DAY) } as const;
      await given.subscription(running, ended);
      await given.subscription(over, { ...ended, startedAt: AT });
      const last = await given.subscription(over, ended);
      const found = await standings([over.payer, running.payer]);
      expect(found.get(running.payer)?.subscription).toEqual(shown(live));
      expect(found.get(over.payer)?.subscription).toEqual(shown(last));
    });

    it('pass over what only we keep', async () => {
      const customer = await known();
      await given.subscription(customer, { truthSource: 'derived', processor: undefined });
      const found = await standings([customer.payer]);
      expect(found.get(customer.payer)).toEqual({
        customerId: customer.processorId,
        subscription: undefined,
      });
    });
  });
