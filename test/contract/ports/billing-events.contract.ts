import { err, errAsync, ok, type ResultAsync } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import { deleteProject } from '../../../src/application/accounts/projects.js';
import { saveSubscription } from '../../../src/application/billing/events/tell.js';
import { type Account, deleteAccount } from '../../../src/domain/accounts/account.js';
import type { Customer } from '../../../src/domain/billing/customer.js';
import { PLATFORM } from '../../../src/domain/billing/seller.js';
import type { Subscription } from '../../../src/domain/billing/subscription.js';
import type { Member } from '../../../src/domain/shared/principal.js';
import { DAY, MINUTE, plus } from '../../../src/domain/shared/time.js';
import type { ClaimedEvent } from '../../../src/ports/billing/inbound-events.js';
import type { ConnectionRef } from '../../../src/ports/billing/processor.js';
import type { BillingTx } from '../../../src/ports/billing/unit-of-work.js';
import type { AuditEntry } from '../../../src/ports/shared/audit.js';
import { AT, newId } from '../../support/accounts.js';
import { aCustomer, aSubscription } from '../../support/billing.js';
import { settling, value } from './accounts.rig.js';
import { type BillingRig, billingOf } from './billing.rig.js';

const UNTIL = plus(AT, MINUTE);

/** What comes with the claim on an event, and what is written with its end. */
export const billingEventsContract = (name: string, open: () => Promise<BillingRig>) =>
  describe(`Billing’s events: ${name}`, () => {
    let rig: BillingRig;
    let given: ReturnType<typeof billingOf>;
    beforeAll(async () => {
      rig = await open();
      given = billingOf(rig);
    });
    const event = (processorId?: string, sellerId = PLATFORM) => ({
      ...{
        connection: 'platform' as ConnectionRef,
        id: `evt_${newId()}`,
        type: 'invoice.paid',
        door: 'a door',
      },
      customer: processorId === undefined ? undefined : { sellerId, processorId },
    });
    const bound = async (): Promise<Customer & { readonly processorId: string }> => {
      const customer = await given.customer();
      const processorId = `cus_${newId()}`;
      await value(rig.billing.run((tx) => tx.customers.bind(customer, processorId)));
      return { ...customer, version: 2, processorId };
    };
    const claimed = async (of = event()): Promise<ClaimedEvent> => {
      const answer = await value(rig.inbound.claim(of, AT, UNTIL));
      if (answer.kind !== 'claimed') throw new Error(answer.kind);
      return answer.claim;
    };
    const kindNow = async (of: ReturnType<typeof event>) =>
      (await value(rig.inbound.claim(of, AT, UNTIL))).kind;

    it('tell with the claim whom they are about, with all subscriptions, newest first', async () => {
      const customer = await bound();
      const over = { status: 'ended', endedAt: AT } as const;
      const rows = [
        await given.subscription(customer, { startedAt: AT }),
        await given.subscription(customer, { ...over, startedAt: plus(AT, DAY) }),
        await given.subscription(customer, { ...over, startedAt: plus(AT, -DAY) }),
      ];
      await given.subscription(await given.customer());
      const answer = await value(rig.inbound.claim(event(customer.processorId), AT, UNTIL));
      expect(answer).toMatchObject({ kind: 'claimed' });
      expect('about' in answer && answer.about).toEqual({ customer, rows: [rows[1], rows[0], rows[2]] });
    });

    it('tell of a customer without a subscription, and of nobody when nobody is known by that name', async () => {
      const customer = await bound();
      const about = async (of: ReturnType<typeof event>) => {
        const answer = await value(rig.inbound.claim(of, AT, UNTIL));
        return answer.kind === 'claimed' ? answer.about : answer.kind;
      };
      const of = event(customer.processorId);
      expect(await about(of)).toEqual({ customer, rows: [] });
      expect(await about(of)).toBe('held');
      expect(await about(event(`cus_${newId()}`))).toBeUndefined();
      expect(await about(event(customer.processorId, await rig.seller()))).toBeUndefined();
      expect(await about(event())).toBeUndefined();
    });

    it('are closed with what they brought about, or not at all', async () => {
      const of = event();
      const claim = await claimed(of);
      const customer = aCustomer(await given.payer());
      const work = (tx: BillingTx) =>
        tx.customers.ensure(customer).andThen(() => tx.inboundEvents.close(claim, AT));
      expect(await rig.billing.run((tx) => work(tx).andThen(() => errAsync('undone')))).toEqual(
        err('undone'),
      );
      expect(await kindNow(of)).toBe('held');
      expect(await rig.billing.run(work)).toEqual(ok(undefined));
      expect(await kindNow(of)).toBe('done');
      expect(await rig.billingReaders.customer(PLATFORM, customer.id)).toEqual(ok(customer));
      expect(await rig.billing.run(work)).toEqual(err({ kind: 'lease_lost', id: claim.eventId }));
    });

    it('confirm a row as it stands: who read it before may not save it, who reads it now may', async () => {
      const row = await given.subscription(await given.customer());
      const confirm = (of: Subscription) => rig.billing.run((tx) => tx.subscriptions.confirm(of));
      const save = (of: Subscription) => rig.billing.run((tx) => tx.subscriptions.save(of));
      const stale = err({ kind: 'stale_version', id: row.id });
      const once = await value(confirm(row));
      expect(once).toEqual({ ...row, confirmed: 1 });
      expect(await confirm(row)).toEqual(ok({ ...row, confirmed: 2 }));
      expect(await save(row)).toEqual(stale);
      expect(await save(once)).toEqual(stale);
      const saved = await value(save({ ...row, confirmed: 2 }));
      expect(saved).toEqual({ ...row, confirmed: 2, version: 2 });
      expect(await confirm(row)).toEqual(stale);
      expect(await confirm({ ...saved, sellerId: await rig.seller() })).toEqual(stale);
      expect(await rig.billing.run((tx) => tx.subscriptions.get(PLATFORM, row.id))).toEqual(ok(saved));
    });

    describe('of a project that is deleted', () => {
      const entry = (deed: Pick<AuditEntry, 'accountId' | 'action' | 'target' | 'data'>): AuditEntry => ({
        ...deed,
        actor: { kind: 'system' },
        requestId: deed.target,
        at: AT,
      });
      const goesLive = (customer: Customer, row: Subscription): ResultAsync<unknown, { kind: string }> =>
        rig.billing.run((tx) =>
          saveSubscription(tx, undefined, row, { payer: customer.payer, at: AT, entry }),
        );
      const owned = async (): Promise<{ account: Account; member: Member; customer: Customer }> => {
        const { account, user } = await settling(rig).owner();
        const member: Member = {
          userId: user.id,
          via: { kind: 'session', id: newId() },
          platformAdmin: false,
          accountId: account.id,
          role: 'owner',
          at: plus(AT, 1),
          address: '127.0.0.1',
          requestId: newId(),
        };
        return { account, member, customer: await given.customer({ payer: account.id }) };
      };

      it('are written down all the same, with an entry in the audit that somebody pays for nothing', async () => {
        const { account, customer } = await owned();
        await value(rig.accounts.run((tx) => tx.accounts.save(deleteAccount(account, AT))));
        const row = aSubscription(customer);
        expect((await goesLive(customer, row)).isOk()).toBe(true);
        expect(await rig.audited(row.id)).toEqual(['subscription.without_account', 'subscription.status']);
      });

      it('say nothing of the sort while it is there', async () => {
        const { customer } = await owned();
        const row = aSubscription(customer);
        expect((await goesLive(customer, row)).isOk()).toBe(true);
        expect(await rig.audited(row.id)).toEqual(['subscription.status']);
      });

      it('keep it, or come too late: whichever is first at the same moment', async () => {
        for (let n = 0; n < 20; n += 1) {
          const { member, customer } = await owned();
          const row = aSubscription(customer);
          const deletion = async () =>
            (await deleteProject({ accounts: rig.accounts } as never)(member)).isOk();
          const coming = async () => (await goesLive(customer, row)).isOk();
          const first = n % 2 === 0 ? [deletion(), coming()] : [coming(), deletion()];
          const answers = await Promise.all(first);
          const [deleted, written] = n % 2 === 0 ? answers : [...answers].reverse();
          expect(written).toBe(true);
          const late = (await rig.audited(row.id)).includes('subscription.without_account');
          expect([n, late]).toEqual([n, deleted]);
        }
      });
    });
  });
