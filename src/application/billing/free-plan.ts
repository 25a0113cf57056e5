import { err, ok, safeTry } from 'neverthrow';
import { periodAfter } from '../../domain/billing/calendar.js';
import type { PlanPrice } from '../../domain/billing/plan.js';
import { PLATFORM } from '../../domain/billing/seller.js';
import type { Subscription } from '../../domain/billing/subscription.js';
import type { BillingTx } from '../../ports/billing/unit-of-work.js';
import type { Once } from '../../ports/shared/idempotency.js';
import { impossible } from '../shared/impossible.js';
import { claim } from '../shared/once.js';
import { ensureRow } from './customers.js';
import type { BillingDeps } from './deps.js';
import { saveSubscription, type Telling } from './events/tell.js';
import type { AlreadyOnPlan } from './failures.js';
import { byPayer, type Payer } from './payer.js';

/** The customer has a subscription that the processor keeps; it has to end first. */
export type PaidPlan = { readonly kind: 'paid_plan' };

/** A plan without a price needs no processor: we alone keep who has it. */
const derived = (id: string, customerId: string, price: PlanPrice, { at }: Payer): Subscription => {
  const { start, end } = periodAfter({ at, zone: 'UTC' }, price.every, 0);
  return {
    id,
    number: 0,
    version: 1,
    sellerId: PLATFORM,
    customerId,
    truthSource: 'derived',
    status: 'active',
    priceId: price.id,
    cancelAtPeriodEnd: false,
    period: { start, end },
    startedAt: at,
  };
};

type Taking = {
  readonly customerId: string;
  readonly current: Subscription | undefined;
  readonly id: string;
  readonly price: PlanPrice;
  readonly payer: Payer;
};

/** From one plan of ours to another the row stays, and its public number with it. */
const write = (tx: BillingTx, { customerId, current, id, price, payer }: Taking) =>
  safeTry(async function* () {
    if (current?.truthSource === 'mirrored') return err<never, PaidPlan>({ kind: 'paid_plan' });
    if (current?.priceId === price.id) return err<never, AlreadyOnPlan>({ kind: 'already_on_plan' });
    const telling: Telling = {
      payer: payer.accountId,
      at: payer.at,
      entry: (deed) => byPayer(payer, deed),
    };
    const after = current ? { ...current, priceId: price.id } : derived(id, customerId, price, payer);
    const saved = yield* saveSubscription(tx, current, after, telling).mapErr(
      impossible('stale_version', 'already_subscribed'),
    );
    const data = { price: price.id };
    yield* tx.audit.record(byPayer(payer, { action: 'subscription.take_free', target: saved.id, data }));
    return ok(saved);
  });

/** Gives a plan that costs nothing, at once. */
export const takeFree = (deps: BillingDeps, price: PlanPrice, payer: Payer, once: Once | undefined) => {
  const id = deps.ids.next();
  return deps.billing.run((tx) =>
    safeTry(async function* () {
      const customer = yield* ensureRow(tx, deps.ids, payer);
      const current = yield* tx.subscriptions.liveOf(PLATFORM, customer.id);
      const before = yield* claim(tx, once, { ids: { subscription: current?.id ?? id } });
      if (before)
        return tx.subscriptions
          .get(PLATFORM, before.ids['subscription'] ?? '')
          .mapErr(impossible('not_found'));
      return write(tx, { customerId: customer.id, current, id, price, payer });
    }),
  );
};
