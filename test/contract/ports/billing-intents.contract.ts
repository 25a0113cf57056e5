import { err, errAsync, ok } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import { PLATFORM, type SellerId } from '../../../src/domain/billing/seller.js';
import { MINUTE, plus } from '../../../src/domain/shared/time.js';
import type { BillingIntent, IntentOutcome, UsageLine } from '../../../src/ports/billing/unit-of-work.js';
import { AT, newId } from '../../support/accounts.js';
import { anIntent, aUsageLine } from '../../support/billing.js';
import { meeting } from '../../support/meeting.js';
import { outcomes, value } from './accounts.rig.js';
import { type BillingRig, billingOf } from './billing.rig.js';

const LATER = plus(AT, MINUTE);
const CHANGES = ['change_plan', 'change_plan_later', 'cancel', 'resume'] as const;
const IN_PROGRESS = err({ kind: 'change_in_progress' });

export const billingIntentsContract = (name: string, open: () => Promise<BillingRig>) => {
  let rig: BillingRig;
  let given: ReturnType<typeof billingOf>;
  let another: SellerId;
  beforeAll(async () => {
    rig = await open();
    given = billingOf(rig);
    another = await rig.seller();
  });

  describe(`Intents: ${name}`, () => {
    const begin = (intent: BillingIntent) => rig.billing.run((tx) => tx.intents.open(intent));
    const pending = (id: string, seller = PLATFORM) =>
      rig.billing.run((tx) => tx.intents.pending(seller, id));
    const outcome = (id: string, seller = PLATFORM) =>
      rig.billing.run((tx) => tx.intents.outcome(seller, id));
    const pendingOf = (customerId: string, seller = PLATFORM) =>
      rig.billing.run((tx) => tx.intents.pendingOf(seller, customerId));
    const settle = (id: string, how: IntentOutcome, seller = PLATFORM) =>
      rig.billing.run((tx) => tx.intents.settle(seller, id, how, LATER));

    it.each(['done', 'failed'] as const)(
      'is pending until it is settled, and then %s for good',
      async (state) => {
        const intent = anIntent(await given.customer(), { data: { price: 'price_1', 'and more': '' } });
        expect(await begin(intent)).toEqual(ok(undefined));
        expect(await pending(intent.id)).toEqual(ok(intent));
        expect(await outcome(intent.id)).toEqual(ok(undefined));
        expect(await settle(intent.id, { state, data: { why: 'because' } })).toEqual(ok(undefined));
        expect(await settle(intent.id, { state: 'done' })).toEqual(ok(undefined));
        expect(await pending(intent.id)).toEqual(ok(undefined));
        expect(await outcome(intent.id)).toEqual(ok({ state, data: { why: 'because' } }));
        expect(await outcome(newId())).toEqual(ok(undefined));
        expect(await settle(newId(), { state })).toEqual(ok(undefined));
      },
    );

    it.each(CHANGES)('lets one change of a customer be open at a time: %s', async (kind) => {
      const [customer, other] = [await given.customer(), await given.customer()];
      const first = anIntent(customer, { kind });
      await value(begin(first));
      for (const next of CHANGES)
        expect(await begin(anIntent(customer, { kind: next }))).toEqual(IN_PROGRESS);
      expect(await begin(anIntent(other, { kind }))).toEqual(ok(undefined));
      await value(settle(first.id, { state: 'failed' }));
      expect(await outcome(first.id)).toEqual(ok({ state: 'failed' }));
      expect(await begin(anIntent(customer, { kind }))).toEqual(ok(undefined));
    });

    it('lets checkouts and ends of surplus be open beside others, and shows all, oldest first', async () => {
      const customer = await given.customer();
      const at = (ms: number, kind: BillingIntent['kind']) =>
        anIntent(customer, { kind, createdAt: plus(AT, ms) });
      const intents = [at(3, 'checkout'), at(1, 'change_plan'), at(2, 'end_surplus'), at(0, 'checkout')];
      for (const intent of [...intents, at(2, 'end_surplus')]) await value(begin(intent));
      await value(begin(anIntent(await given.customer())));
      const [third, first, second, zeroth] = intents;
      const all = await value(pendingOf(customer.id));
      expect(all.map(({ createdAt }) => createdAt - AT)).toEqual([0, 1, 2, 2, 3]);
      expect(all.filter((_, i) => i !== 3)).toEqual([zeroth, first, second, third]);
      for (const { id } of all.slice(1)) await value(settle(id, { state: 'done' }));
      expect(await pendingOf(customer.id)).toEqual(ok([zeroth]));
    });

    it('shows and settles nothing of another seller’s', async () => {
      const intent = anIntent(await given.customer());
      await value(begin(intent));
      expect(await pending(intent.id, another)).toEqual(ok(undefined));
      expect(await pendingOf(intent.customerId, another)).toEqual(ok([]));
      await value(settle(intent.id, { state: 'done' }, another));
      expect(await pending(intent.id)).toEqual(ok(intent));
      await value(settle(intent.id, { state: 'done' }));
      expect(await outcome(intent.id, another)).toEqual(ok(undefined));
    });

    it('opens one of two changes that come at the same moment', async () => {
      const customer = await given.customer();
      const met = meeting(2);
      const change = (kind: BillingIntent['kind']) =>
        rig.billing.run((tx) =>
          tx.intents
            .pendingOf(PLATFORM, customer.id)
            .andThen(() => met())
            .andThen(() => tx.intents.open(anIntent(customer, { kind }))),
        );
      expect(await outcomes([change('add_usage'), change('change_plan')])).toEqual([
        'change_in_progress',
        'ok',
      ]);
      expect(await value(pendingOf(customer.id))).toHaveLength(1);
    });

    it('keeps the first of two settlements that come at the same moment', async () => {
      const intent = anIntent(await given.customer());
      await value(begin(intent));
      const met = meeting(2);
      const settling = (state: IntentOutcome['state']) =>
        rig.billing.run((tx) =>
          tx.intents
            .pending(PLATFORM, intent.id)
            .andThen((found) => met().map(() => found))
            .andThen((found) =>
              tx.intents.settle(PLATFORM, intent.id, { state }, LATER).map(() => found === undefined),
            ),
        );
      const late = await Promise.all([settling('done'), settling('failed')]);
      expect(late.map((result) => result._unsafeUnwrap()).sort()).toEqual([false, true]);
      const first = late[0]!._unsafeUnwrap() ? 'failed' : 'done';
      expect(await outcome(intent.id)).toEqual(ok({ state: first }));
    });

    it('leaves no trace of a unit that answers Err', async () => {
      const intent = anIntent(await given.customer());
      const undone = await rig.billing.run((tx) =>
        tx.intents.open(intent).andThen(() => errAsync('changed my mind')),
      );
      expect(undone).toEqual(err('changed my mind'));
      expect(await begin({ ...intent, id: newId() })).toEqual(ok(undefined));
    });
  });

  describe(`ReportedUsage: ${name}`, () => {
    const intend = (lines: readonly UsageLine[]) =>
      rig.billing.run((tx) => tx.reportedUsage.intend(lines, LATER));
    const reported = (id: string, seller = PLATFORM) =>
      rig.billing.run((tx) => tx.reportedUsage.reported(seller, id, LATER));
    const waiting = (seller: SellerId, limit = 10, since = AT) =>
      rig.billingReaders.unreported(seller, limit, since);

    it('keeps each line once, as it was first said, until it is reported', async () => {
      const sellerId = await rig.seller();
      const customer = await given.customer({ sellerId });
      expect(await intend([])).toEqual(ok(undefined));
      const late = aUsageLine(customer, { usedAt: plus(AT, 2) });
      // More than a number holds exactly.
      const dear = aUsageLine(customer, { cents: 9_007_199_254_740_993n });
      await value(intend([late, dear]));
      const next = aUsageLine(customer, { usedAt: plus(AT, 1), cents: 0n });
      await value(intend([{ ...dear, cents: 1n }, next, { ...next, cents: 5n }]));
      expect(await waiting(sellerId)).toEqual(ok([dear, next, late]));
      expect(await waiting(sellerId, 2)).toEqual(ok([dear, next]));
      expect(await waiting(sellerId, 2, plus(AT, 1))).toEqual(ok([next, late]));
      await value(reported(dear.id, sellerId));
      await value(intend([dear]));
      expect(await waiting(sellerId)).toEqual(ok([next, late]));
      expect(await reported(dear.id, sellerId)).toEqual(ok(undefined));
      expect(await reported(newId(), sellerId)).toEqual(ok(undefined));
    });

    it('orders lines of one moment by the bytes of their ids', async () => {
      const sellerId = await rig.seller();
      const customer = await given.customer({ sellerId });
      const lines = ['B', 'a', 'b', 'a-2', 'A', 'a 1'].map((id) => aUsageLine(customer, { id }));
      await value(intend(lines));
      const ids = (await value(waiting(sellerId))).map(({ id }) => id);
      expect(ids).toEqual(['A', 'B', 'a', 'a 1', 'a-2', 'b']);
    });

    it('keeps sellers’ lines apart, even under one id', async () => {
      const [one, two] = [await rig.seller(), await rig.seller()];
      const mine = aUsageLine(await given.customer({ sellerId: one }));
      const theirs = aUsageLine(await given.customer({ sellerId: two }), { id: mine.id, cents: 9n });
      await value(intend([mine, theirs]));
      await value(reported(mine.id, one));
      expect(await waiting(one)).toEqual(ok([]));
      expect(await waiting(two)).toEqual(ok([theirs]));
    });

    it('keeps one figure of a line that two write down at the same moment', async () => {
      const sellerId = await rig.seller();
      const line = aUsageLine(await given.customer({ sellerId }));
      const met = meeting(2);
      const writing = (cents: bigint) =>
        rig.billing.run((tx) =>
          tx.intents
            .pendingOf(sellerId, line.customerId)
            .andThen(() => met())
            .andThen(() => tx.reportedUsage.intend([{ ...line, cents }], LATER)),
        );
      expect(await outcomes([writing(1n), writing(2n)])).toEqual(['ok', 'ok']);
      expect(await value(waiting(sellerId))).toHaveLength(1);
    });
  });
};
