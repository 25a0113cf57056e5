import { err, errAsync, ok } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Customer } from '../../../src/domain/billing/customer.js';
import { PLATFORM, type SellerId } from '../../../src/domain/billing/seller.js';
import type { ConnectionRef } from '../../../src/ports/billing/processor.js';
import { NOT_FOUND } from '../../../src/ports/shared/failure.js';
import { AT, newId } from '../../support/accounts.js';
import { aCustomer } from '../../support/billing.js';
import { meeting } from '../../support/meeting.js';
import { pagesOf } from '../../support/pages.js';
import { value } from './accounts.rig.js';
import { type BillingRig, billingOf } from './billing.rig.js';

export const billingCustomersContract = (name: string, open: () => Promise<BillingRig>) =>
  describe(`Customers: ${name}`, () => {
    let rig: BillingRig;
    let given: ReturnType<typeof billingOf>;
    let another: SellerId;
    beforeAll(async () => {
      rig = await open();
      given = billingOf(rig);
      another = await rig.seller();
    });
    const ensure = (customer: Customer) => rig.billing.run((tx) => tx.customers.ensure(customer));
    const bind = (customer: Customer, processorId: string) =>
      rig.billing.run((tx) => tx.customers.bind(customer, processorId));

    it('makes a customer of a payer once, and one of its own for each seller', async () => {
      const payer = await given.payer();
      const first = aCustomer(payer);
      expect(await ensure(first)).toEqual(ok(first));
      expect(await ensure(aCustomer(payer))).toEqual(ok(first));
      const theirs = aCustomer(payer, { sellerId: another });
      expect(await ensure(theirs)).toEqual(ok(theirs));
      expect(await rig.billingReaders.customerOf(PLATFORM, payer)).toEqual(ok(first));
      expect(await rig.billingReaders.customerOf(another, payer)).toEqual(ok(theirs));
      expect(await rig.billingReaders.customer(PLATFORM, first.id)).toEqual(ok(first));
      expect(await rig.billingReaders.customer(PLATFORM, theirs.id)).toEqual(err(NOT_FOUND));
      expect(await rig.billingReaders.customerOf(PLATFORM, await given.payer())).toEqual(ok(undefined));
    });

    it('gives the same customer to all who make it at the same moment', async () => {
      const payer = await given.payer();
      const met = meeting(4);
      const made = await Promise.all(
        Array.from({ length: 4 }, () => {
          const customer = aCustomer(payer);
          return rig.billing.run((tx) =>
            tx.subscriptions
              .liveOf(PLATFORM, customer.id)
              .andThen(() => met())
              .andThen(() => tx.customers.ensure(customer)),
          );
        }),
      );
      const stored = (await value(rig.billingReaders.customerOf(PLATFORM, payer)))!;
      expect(made).toEqual(Array(4).fill(ok(stored)));
    });

    it('knows the processor’s id from the moment it is bound, and never another', async () => {
      const customer = await given.customer();
      const [first, second] = [`cus_${newId()}`, `cus_${newId()}`];
      const bound = { ...customer, processorId: first, version: 2 };
      const by = async (processorId: string, sellerId = PLATFORM) => {
        const event = { connection: 'platform' as ConnectionRef, id: newId(), type: 'x', door: 'x' };
        const sought = { ...event, customer: { sellerId, processorId } };
        const answer = await value(rig.inbound.claim(sought, AT, AT));
        return answer.kind === 'claimed' ? answer.about?.customer : answer.kind;
      };
      expect(await by(first)).toBeUndefined();
      expect(await bind(customer, first)).toEqual(ok(bound));
      expect(await bind(customer, second)).toEqual(ok(bound));
      expect(await bind(bound, first)).toEqual(ok(bound));
      expect(await ensure(aCustomer(customer.payer))).toEqual(ok(bound));
      expect(await by(first)).toEqual(bound);
      expect(await by(second)).toBeUndefined();
      expect(await by(first, another)).toBeUndefined();
    });

    it('binds no customer that is not there, or is another seller’s', async () => {
      const customer = await given.customer();
      expect(await bind({ ...customer, sellerId: another }, 'cus_x')).toEqual(err(NOT_FOUND));
      expect(await bind({ ...customer, id: newId() }, 'cus_x')).toEqual(err(NOT_FOUND));
      expect(await rig.billingReaders.customer(PLATFORM, customer.id)).toEqual(ok(customer));
    });

    it('answers two who bind at the same moment with one id', async () => {
      const customer = await given.customer();
      const met = meeting(2);
      const [one, two] = await Promise.all(
        ['a', 'b'].map((which) =>
          rig.billing.run((tx) =>
            tx.subscriptions
              .liveOf(PLATFORM, customer.id)
              .andThen(() => met())
              .andThen(() => tx.customers.bind(customer, `cus_${which}_${customer.id}`)),
          ),
        ),
      );
      expect(one?.isOk()).toBe(true);
      expect(two).toEqual(one);
    });

    it('may be another seller’s under the same id of a processor', async () => {
      const processorId = `cus_${newId()}`;
      for (const sellerId of [PLATFORM, another])
        expect((await bind(await given.customer({ sellerId }), processorId)).isOk()).toBe(true);
    });

    it('pages those that the processor knows by id, within the seller', async () => {
      const sellerId = await rig.seller();
      const made: Customer[] = [];
      for (let i = 0; i < 4; i += 1) made.push(await given.customer({ sellerId }));
      const bound: Customer[] = [];
      for (const customer of made.filter((_, i) => i !== 1))
        bound.push(await value(bind(customer, `cus_${customer.id}`)));
      await value(bind(await given.customer(), `cus_${newId()}`));
      const pages = await pagesOf((page) => rig.billingReaders.customersAt(sellerId, page), 2);
      expect(pages).toEqual([bound.slice(0, 2), bound.slice(2)]);
    });

    it('leaves no trace of a unit that answers Err', async () => {
      const customer = aCustomer(await given.payer());
      const undone = await rig.billing.run((tx) =>
        tx.customers
          .ensure(customer)
          .andThen(() => tx.customers.bind(customer, 'cus_undone'))
          .andThen(() => errAsync('changed my mind')),
      );
      expect(undone).toEqual(err('changed my mind'));
      expect(await rig.billingReaders.customerOf(PLATFORM, customer.payer)).toEqual(ok(undefined));
      expect((await bind(await given.customer(), 'cus_undone')).isOk()).toBe(true);
    });
  });
