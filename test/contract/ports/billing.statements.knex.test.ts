import type { Knex } from 'knex';
import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Customer } from '../../../src/domain/billing/customer.js';
import type { Plan } from '../../../src/domain/billing/plan.js';
import { PLATFORM } from '../../../src/domain/billing/seller.js';
import type { Subscription } from '../../../src/domain/billing/subscription.js';
import { MINUTE, plus } from '../../../src/domain/shared/time.js';
import type { ConnectionRef } from '../../../src/ports/billing/processor.js';
import type { BillingTx } from '../../../src/ports/billing/unit-of-work.js';
import { AT, newId } from '../../support/accounts.js';
import { aCustomer, anIntent, aSubscription, aUsageLine } from '../../support/billing.js';
import { explained } from '../../support/explained.js';
import type { TestDatabase } from '../../support/postgres.js';
import { type BillingRig, billingOf, knexBillingRigs } from './billing.rig.js';

const [FEW, MANY] = [400, 6_000];
const TABLES = [
  'accounts',
  'customers',
  'plans',
  'plan_prices',
  'subscriptions',
  'billing_intents',
  'inbound_events',
  'reported_usage',
];

const idOf = (n: number): string => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;

/** What a deployment of years has: customers with subscriptions that are over, changes and usage long settled. */
const fill = async (db: Knex, creator: string, from: number, to: number): Promise<void> => {
  const each = `generate_series(${from + 1}, ${to}) n, lateral (
    select ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid as id, '${PLATFORM}'::uuid as seller,
      timestamptz '2026-01-01' + n * interval '1 second' as at) r`;
  await db.raw(`
    insert into accounts (id, version, kind, name, creator_id, created_at, updated_at)
      select id, 1, 'platform', 'a', '${creator}', at, at from ${each};
    insert into customers (id, version, seller_id, payer_account_id, processor_id, created_at)
      select id, 1, seller, id, case when n % 2 = 0 then 'cus_' || n end, at from ${each};
    insert into plans (id, version, seller_id, catalogue, name, traits, created_at, updated_at)
      select id, 1, seller, case n % 2 when 0 then 'datilio' else 'training-pipes' end, 'plan ' || n, '{}', at, at
        from ${each};
    insert into plan_prices (id, seller_id, plan_id, processor_id, amount, currency, interval, interval_count, active)
      select id, seller, id, 'price_' || n, n, 'usd', 'month', 1, true from ${each};
    insert into subscriptions (id, version, seller_id, customer_id, truth_source, status, processor_id,
        processor_status, processor_price_id, cancel_at_period_end, period_start, period_end, started_at)
      select gen_random_uuid(), 1, seller, id, 'mirrored', case s when 1 then 'active' else 'ended' end,
        'sub_' || n || '_' || s, 'x', 'y', false, at, at, at + s * interval '1 day' from ${each}, generate_series(1, 3) s;
    insert into billing_intents (id, seller_id, customer_id, kind, data, created_at, state, settled_at)
      select gen_random_uuid(), seller, id, 'change_plan', '{}', at, 'done', at from ${each}, generate_series(1, 3);
    insert into inbound_events (connection, event_id, type, door, received_at, epoch, done_at)
      select 'platform', 'evt_' || n, 'x', 'x', at, 1, at from ${each};
    insert into reported_usage (seller_id, line_id, customer_id, cents, used_at, intended_at, reported_at)
      select seller, 'line ' || n, id, 1, at, at, case when n % 50 > 0 then at end from ${each}`);
  for (const table of TABLES) await db.raw('vacuum analyze ??', [table]);
};

describe('The statements of billing', () => {
  const rigs = knexBillingRigs();
  let rig: BillingRig & TestDatabase;
  let plan: Plan;
  let customer: Customer;
  let fresh: Customer;
  let live: Subscription;
  /** An insert that has committed cannot be run once more. */
  const undone = (work: (tx: BillingTx) => ResultAsync<unknown, { readonly kind: string }>) =>
    rig.billing
      .run((tx) => work(tx).andThen(() => errAsync({ kind: 'undone' })))
      .orElse((failure) => (failure.kind === 'undone' ? okAsync(undefined) : errAsync(failure)));
  const event = (id: string) => ({ connection: 'platform' as ConnectionRef, id, type: 'x', door: 'x' });
  const inHand = {
    'a plan by its number': () => rig.billingReaders.planByNumber(PLATFORM, plan.catalogue, plan.number),
    'a page of plans': () =>
      rig.billingReaders.plansOf(PLATFORM, 'training-pipes', { size: 5, after: idOf(300) }),
    'a price by the processor’s id': () => rig.billingReaders.price(PLATFORM, { processorId: 'price_200' }),
    'a price by ours': () => rig.billingReaders.price(PLATFORM, { id: idOf(200) }),
    'a plan that is saved': () =>
      rig.billing.run((tx) => tx.plans.get(PLATFORM, plan.id).andThen(tx.plans.save)),
    'a customer that is there': () =>
      rig.billing.run((tx) =>
        tx.customers.ensure(aCustomer(customer.payer)).andThen((it) => tx.customers.bind(it, 'x')),
      ),
    'a customer by the payer': () => rig.billingReaders.customerOf(PLATFORM, customer.payer),
    'a page of customers that the processor knows': () =>
      rig.billingReaders.customersAt(PLATFORM, { size: 20, after: idOf(300) }),
    'the subscription of a customer': () => rig.billingReaders.subscriptionOf(PLATFORM, idOf(200)),
    'the subscriptions of a customer': () => rig.billingReaders.subscriptionsOf(PLATFORM, idOf(200)),
    'a live subscription, and it by the processor’s id': () =>
      rig.billing.run((tx) =>
        tx.subscriptions
          .liveOf(PLATFORM, idOf(200))
          .andThen(() => tx.subscriptions.byProcessorId(PLATFORM, 'sub_200_1')),
      ),
    'a subscription that is saved': () =>
      rig.billing.run((tx) => tx.subscriptions.get(PLATFORM, live.id).andThen(tx.subscriptions.save)),
    'a subscription that is confirmed': () =>
      rig.billing.run((tx) => tx.subscriptions.get(PLATFORM, live.id).andThen(tx.subscriptions.confirm)),
    'a subscription that is added': () =>
      undone((tx) => tx.subscriptions.add(aSubscription(fresh, { status: 'ended' }))),
    'an intent from beginning to end': () => {
      const intent = anIntent(fresh);
      return undone((tx) =>
        tx.intents
          .open(intent)
          .andThen(() => tx.intents.pendingOf(PLATFORM, fresh.id))
          .andThen(() => tx.intents.pending(PLATFORM, intent.id))
          .andThen(() => tx.intents.settle(PLATFORM, intent.id, { state: 'done' }, AT))
          .andThen(() => tx.intents.outcome(PLATFORM, intent.id)),
      );
    },
    'usage that waits': () => rig.billingReaders.unreported(PLATFORM, 5, AT),
    'usage that is written down and reported': () => {
      const line = aUsageLine(fresh);
      return rig.billing.run((tx) =>
        tx.reportedUsage.intend([line], AT).andThen(() => tx.reportedUsage.reported(PLATFORM, line.id, AT)),
      );
    },
    'an event that was done before': () => rig.inbound.claim(event('evt_200'), AT, plus(AT, MINUTE)),
    'an event that is claimed and closed': () =>
      rig.inbound
        .claim(
          { ...event(newId()), customer: { sellerId: PLATFORM, processorId: 'cus_200' } },
          AT,
          plus(AT, MINUTE),
        )
        .andThen((taken) =>
          rig.inbound.close(
            taken.kind === 'claimed' ? taken.claim : { ...event(''), eventId: '', epoch: 0 },
            AT,
          ),
        ),
    'an event that is concluded': () =>
      rig.inbound
        .claim(event(newId()), AT, plus(AT, MINUTE))
        .andThen((taken) =>
          rig.billing
            .run((tx) => tx.subscriptions.get(PLATFORM, live.id))
            .andThen((row) =>
              rig.inbound.conclude(
                taken.kind === 'claimed' ? taken.claim : { ...event(''), eventId: '', epoch: 0 },
                { kind: 'confirmed', row },
                AT,
              ),
            ),
        ),
    'whether an account pays': () => rig.accounts.run((tx) => tx.accounts.occupant(customer.payer)),
  };

  const few = new Map<string, number>();
  beforeAll(async () => {
    rig = await rigs.open();
    const given = billingOf(rig);
    [plan, customer, fresh] = [await given.plan(), await given.customer(), await given.customer()];
    live = await given.subscription(customer);
    const creator = await rig.db('users').first('id');
    await fill(rig.db, creator.id, 0, FEW);
    for (const [name, call] of Object.entries(inHand)) few.set(name, (await explained(rig.db, call)).blocks);
    await fill(rig.db, creator.id, FEW, MANY);
  });
  afterAll(rigs.close);

  it.each(Object.entries(inHand))('touch no more rows among many than among few: %s', async (name, call) => {
    const { blocks, through } = await explained(rig.db, call);
    expect(through).toEqual([]);
    expect(blocks).toBeGreaterThan(0);
    // Indexes of fifteen times the rows may have grown by a level.
    expect(blocks).toBeLessThanOrEqual((few.get(name) ?? 0) * 1.5 + 10);
  });
});
