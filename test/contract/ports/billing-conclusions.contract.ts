import { err, ok } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import { PLATFORM } from '../../../src/domain/billing/seller.js';
import type { Subscription } from '../../../src/domain/billing/subscription.js';
import { DAY, MINUTE, plus } from '../../../src/domain/shared/time.js';
import type { ClaimedEvent } from '../../../src/ports/billing/inbound-events.js';
import type { ConnectionRef } from '../../../src/ports/billing/processor.js';
import type { DomainEvent } from '../../../src/ports/shared/events.js';
import { AT, newId } from '../../support/accounts.js';
import { outcomes, value } from './accounts.rig.js';
import { type BillingRig, billingOf } from './billing.rig.js';

const UNTIL = plus(AT, MINUTE);

/** What an event came to, written with its end in one go. */
export const billingConclusionsContract = (name: string, open: () => Promise<BillingRig>) =>
  describe(`Conclusions of billing’s events: ${name}`, () => {
    let rig: BillingRig;
    let given: ReturnType<typeof billingOf>;
    beforeAll(async () => {
      rig = await open();
      given = billingOf(rig);
    });
    const event = () => ({
      connection: 'platform' as ConnectionRef,
      id: `evt_${newId()}`,
      type: 'invoice.paid',
      door: 'a door',
    });
    const claim = (of: ReturnType<typeof event>, at = AT) => rig.inbound.claim(of, at, plus(at, MINUTE));
    const claimed = async (of = event(), at = AT): Promise<ClaimedEvent> => {
      const answer = await value(claim(of, at));
      if (answer.kind !== 'claimed') throw new Error(answer.kind);
      return answer.claim;
    };
    const kindNow = async (of: ReturnType<typeof event>) => (await value(claim(of))).kind;
    const get = (id: string) => rig.billing.run((tx) => tx.subscriptions.get(PLATFORM, id));

    /** A row that is there, how it is after a change, and what is told of that. */
    const changed = async () => {
      const customer = await given.customer();
      const { prices } = await given.plan();
      const row = await given.subscription(customer);
      const { processor } = row;
      if (!processor) throw new Error('the processor knows it');
      const after: Subscription = {
        ...row,
        processor: { ...processor, status: 'trialing', usageSince: plus(AT, DAY), pricedSince: plus(AT, 1) },
        priceId: prices[0]!.id,
        cancelAtPeriodEnd: true,
        period: { start: AT, end: plus(AT, 3 * DAY) },
      };
      const told: DomainEvent = {
        stream: row.id,
        seq: row.version + 1,
        type: 'subscription.active',
        accountId: customer.payer,
        data: { status: 'active', next: null },
        at: AT,
      };
      return { row, after, told, upshot: { kind: 'saved', row: after, told } as const };
    };
    /** Whether an event of this number was written: a second one is a defect. */
    const isTold = (told: DomainEvent): Promise<boolean> =>
      rig.billing
        .run((tx) => tx.events.append(told))
        .match(
          () => false,
          () => false,
        )
        .catch((problem) => {
          expect(String(problem)).toContain('is written already');
          return true;
        });

    it('saves the row in all that has changed, tells of it, and closes the event', async () => {
      const { after, told, upshot } = await changed();
      const of = event();
      const saved = { ...after, version: after.version + 1 };
      expect(await rig.inbound.conclude(await claimed(of), upshot, UNTIL)).toEqual(ok(saved));
      expect(await get(after.id)).toEqual(ok(saved));
      expect(await isTold(told)).toBe(true);
      expect(await kindNow(of)).toBe('done');
    });

    it('writes nothing at all where the row is no longer as it was read', async () => {
      const { row, told, upshot } = await changed();
      const newer = await value(rig.billing.run((tx) => tx.subscriptions.save(row)));
      const of = event();
      const stale = err({ kind: 'stale_version', id: row.id });
      const mine = await claimed(of);
      expect(await rig.inbound.conclude(mine, upshot, AT)).toEqual(stale);
      expect(await rig.inbound.conclude(mine, { kind: 'confirmed', row }, AT)).toEqual(stale);
      expect(await get(row.id)).toEqual(ok(newer));
      expect(await kindNow(of)).toBe('held');
      expect(await isTold(told)).toBe(false);
    });

    it('confirms a row as it stands, so that who read it before may not save it', async () => {
      const { row, upshot } = await changed();
      const of = event();
      const confirmed = { ...row, confirmed: 1 };
      expect(await rig.inbound.conclude(await claimed(of), { kind: 'confirmed', row }, AT)).toEqual(
        ok(confirmed),
      );
      expect(await kindNow(of)).toBe('done');
      const late = await rig.inbound.conclude(await claimed(), upshot, AT);
      expect(late).toEqual(err({ kind: 'stale_version', id: row.id }));
      expect(await get(row.id)).toEqual(ok(confirmed));
    });

    it('leaves an event that another has taken over to that one, and writes what it came to', async () => {
      const { after, told, upshot } = await changed();
      const of = event();
      const former = await claimed(of);
      const now = await claimed(of, UNTIL);
      expect((await rig.inbound.conclude(former, upshot, UNTIL)).isOk()).toBe(true);
      expect((await get(after.id))._unsafeUnwrap().version).toBe(2);
      expect(await isTold(told)).toBe(true);
      expect((await value(claim(of, UNTIL))).kind).toBe('held');
      expect(await rig.inbound.close(now, UNTIL)).toEqual(ok(undefined));
    });

    it('lets one of two that conclude with the same row at the same moment win, whichever of both it is', async () => {
      for (const other of ['saved', 'confirmed'] as const) {
        const { row, upshot } = await changed();
        const second = other === 'saved' ? upshot : ({ kind: 'confirmed', row } as const);
        const [one, two] = [await claimed(), await claimed()];
        const ended = await outcomes([
          rig.inbound.conclude(one, upshot, AT),
          rig.inbound.conclude(two, second, AT),
        ]);
        expect(ended).toEqual(['ok', 'stale_version']);
      }
    });

    it('touches no row of another seller’s', async () => {
      const { row, upshot } = await changed();
      const sellerId = await rig.seller();
      const foreign = { ...upshot, row: { ...upshot.row, sellerId } };
      const stale = err({ kind: 'stale_version', id: row.id });
      expect(await rig.inbound.conclude(await claimed(), foreign, AT)).toEqual(stale);
      expect(
        await rig.inbound.conclude(await claimed(), { kind: 'confirmed', row: { ...row, sellerId } }, AT),
      ).toEqual(stale);
      expect(await get(row.id)).toEqual(ok(row));
    });
  });
