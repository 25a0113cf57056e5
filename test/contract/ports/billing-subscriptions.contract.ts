import { err, errAsync, ok } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Customer } from '../../../src/domain/billing/customer.js';
import { PLATFORM, type SellerId } from '../../../src/domain/billing/seller.js';
import {
  isLive,
  SUBSCRIPTION_STATUSES,
  type Subscription,
} from '../../../src/domain/billing/subscription.js';
import { DAY, MINUTE, plus } from '../../../src/domain/shared/time.js';
import { NOT_FOUND } from '../../../src/ports/shared/failure.js';
import { AT, newId } from '../../support/accounts.js';
import { aSubscription } from '../../support/billing.js';
import { meeting } from '../../support/meeting.js';
import { outcomes, value } from './accounts.rig.js';
import { type BillingRig, billingOf } from './billing.rig.js';

const LATER = plus(AT, MINUTE);
const ALREADY = err({ kind: 'already_subscribed' });
const stale = (id: string) => err({ kind: 'stale_version', id });

export const billingSubscriptionsContract = (name: string, open: () => Promise<BillingRig>) =>
  describe(`Subscriptions: ${name}`, () => {
    let rig: BillingRig;
    let given: ReturnType<typeof billingOf>;
    let another: SellerId;
    beforeAll(async () => {
      rig = await open();
      given = billingOf(rig);
      another = await rig.seller();
    });
    const add = (subscription: Subscription) => rig.billing.run((tx) => tx.subscriptions.add(subscription));
    const save = (subscription: Subscription) => rig.billing.run((tx) => tx.subscriptions.save(subscription));
    const get = (seller: SellerId, id: string) => rig.billing.run((tx) => tx.subscriptions.get(seller, id));
    const liveOf = (seller: SellerId, customerId: string) =>
      rig.billing.run((tx) => tx.subscriptions.liveOf(seller, customerId));
    const byProcessorId = (seller: SellerId, id: string) =>
      rig.billing.run((tx) => tx.subscriptions.byProcessorId(seller, id));
    /** Each unit has looked before any of them writes. */
    const atOnce = (
      customer: Customer,
      writes: readonly (typeof add | typeof save)[],
      rows: readonly Subscription[],
    ) => {
      const met = meeting(rows.length);
      return outcomes(
        rows.map((row, i) =>
          rig.billing.run((tx) =>
            tx.subscriptions
              .liveOf(PLATFORM, customer.id)
              .andThen(() => met())
              .andThen(() => (writes[i] === add ? tx.subscriptions.add(row) : tx.subscriptions.save(row))),
          ),
        ),
      );
    };

    it('keeps from when on usage is charged, once that is known', async () => {
      const added = await value(add(aSubscription(await given.customer())));
      const { processor } = added;
      if (!processor) throw new Error('the processor knows it');
      const charged = { ...added, processor: { ...processor, usageSince: LATER, pricedSince: AT } };
      const saved = { ...charged, version: 2 };
      expect(await save(charged)).toEqual(ok(saved));
      expect(await get(PLATFORM, added.id)).toEqual(ok(saved));
      expect(await save({ ...saved, processor })).toEqual(ok({ ...added, version: 3 }));
      expect(await get(PLATFORM, added.id)).toEqual(ok({ ...added, version: 3 }));
    });

    it('gives a subscription a number and keeps all else, whatever it has and has not', async () => {
      const { prices } = await given.plan();
      const priceId = prices[0]!.id;
      const sides: readonly Partial<Subscription>[] = [
        {},
        {
          ...{ priceId, nextPriceId: priceId, cancelAtPeriodEnd: true, startedAt: plus(AT, -DAY) },
          period: { start: AT, end: AT },
        },
        { processor: { id: `sub_${newId()}`, status: 'active', priceId: 'p', usageSince: plus(AT, DAY) } },
        { processor: { id: `sub_${newId()}`, status: 'active', priceId: 'p', pricedSince: plus(AT, DAY) } },
        { truthSource: 'derived', processor: undefined, priceId },
        { truthSource: 'asserted', processor: undefined, status: 'ended', endedAt: LATER },
      ];
      const numbers = new Set<number>();
      for (const over of sides) {
        const said = aSubscription(await given.customer(), over);
        const { number, ...added } = await value(add(said));
        expect({ ...added, number: 0 }).toEqual(said);
        expect(await get(PLATFORM, said.id)).toEqual(ok({ ...said, number }));
        numbers.add(number);
      }
      expect(numbers.size).toBe(sides.length);
      expect(Math.min(...numbers)).toBeGreaterThan(0);
    });

    it('saves what has changed and takes away what is no more, under the next version', async () => {
      const { prices } = await given.plan();
      const added = await given.subscription(await given.customer(), {
        ...{ priceId: prices[0]!.id, nextPriceId: prices[0]!.id },
      });
      const ended = { ...added, status: 'ended', cancelAtPeriodEnd: true, endedAt: LATER } as const;
      const period = { start: LATER, end: plus(LATER, DAY) };
      const bare = { ...ended, period, priceId: undefined, nextPriceId: undefined };
      expect(await save({ ...bare, number: 0 })).toEqual(ok({ ...bare, version: 2 }));
      expect(await get(PLATFORM, added.id)).toEqual(ok({ ...bare, version: 2 }));
      expect(await save(added)).toEqual(stale(added.id));
      const back = { ...added, version: 2, truthSource: 'derived', processor: undefined } as const;
      expect(await save(back)).toEqual(ok({ ...back, version: 3 }));
    });

    it('finds it by its own id and the processor’s, within the seller', async () => {
      const mine = await given.subscription(await given.customer());
      const processorId = mine.processor!.id;
      expect(await byProcessorId(PLATFORM, processorId)).toEqual(ok(mine));
      expect(await byProcessorId(another, processorId)).toEqual(ok(undefined));
      expect(await byProcessorId(PLATFORM, mine.id)).toEqual(ok(undefined));
      expect(await get(another, mine.id)).toEqual(err(NOT_FOUND));
      expect(await get(PLATFORM, newId())).toEqual(err(NOT_FOUND));
      expect(await liveOf(another, mine.customerId)).toEqual(ok(undefined));
      expect(await rig.billingReaders.subscriptionOf(another, mine.customerId)).toEqual(ok(undefined));
      expect(await rig.billingReaders.subscriptionsOf(another, mine.customerId)).toEqual(ok([]));
      expect(await save({ ...mine, sellerId: another })).toEqual(stale(mine.id));
      const theirs = await given.subscription(await given.customer({ sellerId: another }), {
        processor: mine.processor,
      });
      expect(await byProcessorId(another, processorId)).toEqual(ok(theirs));
    });

    it.each(SUBSCRIPTION_STATUSES)('holds one live one of a customer: %s', async (status) => {
      const customer = await given.customer();
      const first = await given.subscription(customer, { status });
      const live = isLive({ status });
      expect(await liveOf(PLATFORM, customer.id)).toEqual(ok(live ? first : undefined));
      const second = await add(aSubscription(customer, { status: 'active' }));
      expect(second.isOk()).toBe(!live);
      if (live) {
        expect(second).toEqual(ALREADY);
        await value(save({ ...first, status: 'ended' }));
        expect((await add(aSubscription(customer))).isOk()).toBe(true);
      }
    });

    it('lets no second one become live, and the first one stay so', async () => {
      const customer = await given.customer();
      const live = await given.subscription(customer, { status: 'trialing' });
      const waiting = await given.subscription(customer, { status: 'pending' });
      expect(await save({ ...waiting, status: 'active' })).toEqual(ALREADY);
      expect((await save({ ...live, status: 'active' })).isOk()).toBe(true);
      expect(await get(PLATFORM, waiting.id)).toEqual(ok(waiting));
    });

    it('has each subscription of the processor once, also when it is over', async () => {
      const customer = await given.customer();
      const over = await given.subscription(customer, { status: 'ended' });
      expect(await add(aSubscription(customer, { processor: over.processor }))).toEqual(ALREADY);
      expect(await add(aSubscription(await given.customer(), { processor: over.processor }))).toEqual(
        ALREADY,
      );
    });

    it('makes one of two live ones that come at the same moment', async () => {
      const customer = await given.customer();
      const rows = [aSubscription(customer), aSubscription(customer)];
      expect(await atOnce(customer, [add, add], rows)).toEqual(['already_subscribed', 'ok']);
      expect(await value(rig.billingReaders.subscriptionsOf(PLATFORM, customer.id))).toHaveLength(1);
    });

    it('makes one live of a new one and one that was waiting, at the same moment', async () => {
      const customer = await given.customer();
      const waiting = await given.subscription(customer, { status: 'pending' });
      const rows = [aSubscription(customer), { ...waiting, status: 'active' } as const];
      expect(await atOnce(customer, [add, save], rows)).toEqual(['already_subscribed', 'ok']);
    });

    it('lets one of two who save the same version win, and loses neither’s change to the other', async () => {
      const customer = await given.customer();
      const row = await given.subscription(customer);
      const changes = [{ ...row, cancelAtPeriodEnd: true }, { ...row, status: 'past_due' } as const];
      expect(await atOnce(customer, [save, save], changes)).toEqual(['ok', 'stale_version']);
      const stored = await value(get(PLATFORM, row.id));
      expect(stored.version).toBe(2);
      expect([stored.cancelAtPeriodEnd, stored.status === 'past_due'].filter(Boolean)).toHaveLength(1);
    });

    it('tells a unit which adds what another has added meanwhile that it is there', async () => {
      const customer = await given.customer();
      const mirrored = aSubscription(customer, { status: 'pending' });
      const met = meeting(2);
      const mirror = (id: string) =>
        rig.billing.run((tx) =>
          tx.subscriptions
            .byProcessorId(PLATFORM, mirrored.processor!.id)
            .andThen((there) => met().map(() => there))
            .andThen((there) =>
              there === undefined
                ? tx.subscriptions.add({ ...mirrored, id })
                : errAsync({ kind: 'there' as const }),
            ),
        );
      expect(await outcomes([mirror(newId()), mirror(newId())])).toEqual(['ok', 'there']);
    });

    it('shows the live one, else the one that began last; and all of them, newest first', async () => {
      const customer = await given.customer();
      const { subscriptionOf, subscriptionsOf } = rig.billingReaders;
      expect(await subscriptionOf(PLATFORM, customer.id)).toEqual(ok(undefined));
      const at = (ms: number, status: Subscription['status']) =>
        given.subscription(customer, { startedAt: plus(AT, ms), status });
      const waiting = await at(20, 'pending');
      const over = await at(10, 'ended');
      expect(await subscriptionOf(PLATFORM, customer.id)).toEqual(ok(waiting));
      const [latest, twin] = [await at(30, 'ended'), await at(30, 'ended')];
      expect(await subscriptionOf(PLATFORM, customer.id)).toEqual(ok(twin));
      const live = await at(0, 'on_hold');
      expect(await subscriptionOf(PLATFORM, customer.id)).toEqual(ok(live));
      await given.subscription(await given.customer(), { startedAt: plus(AT, 40) });
      expect(await subscriptionsOf(PLATFORM, customer.id)).toEqual(ok([twin, latest, waiting, over, live]));
    });

    it('leaves no trace of a unit that answers Err, and hands out copies', async () => {
      const customer = await given.customer();
      const undone = await rig.billing.run((tx) =>
        tx.subscriptions.add(aSubscription(customer)).andThen(() => errAsync('changed my mind')),
      );
      expect(undone).toEqual(err('changed my mind'));
      const added = await given.subscription(customer);
      Object.assign(added.period, { start: LATER });
      expect((await value(get(PLATFORM, added.id))).period.start).toBe(AT);
    });
  });
