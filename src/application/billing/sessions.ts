import { err, ok, okAsync, type ResultAsync, safeTry } from 'neverthrow';
import { isLabelledFor, labelsOf } from '../../domain/billing/labels.js';
import { PLATFORM } from '../../domain/billing/seller.js';
import { canonicalStatus, isLive } from '../../domain/billing/subscription.js';
import type { CheckoutMode, CheckoutSession } from '../../ports/billing/checkout.js';
import type { AlreadySubscribed, BillingIntent, BillingTx } from '../../ports/billing/unit-of-work.js';
import type { Once } from '../../ports/shared/idempotency.js';
import { impossible } from '../shared/impossible.js';
import { claim } from '../shared/once.js';
import { finishJob } from './changes/finish.js';
import { ensureCustomer, type KnownCustomer } from './customers.js';
import type { BillingDeps } from './deps.js';
import { PLATFORM_CONNECTION } from './events/connections.js';
import { neverMissing, type ProcessorFailure } from './failures.js';
import { byPayer, type Payer } from './payer.js';
import { usagePrice } from './usage/usage-price.js';

export type SessionWanted = {
  readonly mode: CheckoutMode;
  readonly price: string | undefined;
  /** Of a subscription: the name of the price by usage beside it. */
  readonly usage?: string | undefined;
  readonly successUrl: string;
  readonly cancelUrl: string;
};

/** A page to pay on, by the processor's id of its session. */
export type CheckoutUrl = { readonly id: string; readonly url: string };

type Opening = { readonly wanted: SessionWanted; readonly payer: Payer; readonly once: Once | undefined };

const ALREADY_SUBSCRIBED: AlreadySubscribed = { kind: 'already_subscribed' };

const dataOf = ({ mode, price, usage, successUrl, cancelUrl }: SessionWanted): BillingIntent['data'] => ({
  mode,
  ...(price !== undefined && { price }),
  ...(usage !== undefined && { usage }),
  successUrl,
  cancelUrl,
});

/** The page of an intent: made by the first who asks, and the same for whoever asks with it again. */
export const sessionOf = (
  { processor }: BillingDeps,
  { id, payer, processorId }: KnownCustomer,
  intent: Pick<BillingIntent, 'id' | 'data'>,
): ResultAsync<CheckoutSession, ProcessorFailure> => {
  const { mode, price, successUrl = '', cancelUrl = '' } = intent.data;
  return usagePrice(processor.catalogue, intent.data['usage']).andThen((usage) =>
    processor.checkout
      .open(PLATFORM_CONNECTION, {
        key: intent.id,
        customer: processorId,
        mode: mode as CheckoutMode,
        price,
        usage,
        successUrl,
        cancelUrl,
        labels: labelsOf({ id, payer }),
      })
      .mapErr(neverMissing),
  );
};

/** What one request is about to open, and the pages that were opened before it and may still be paid on. */
type Intended = {
  readonly intent: Pick<BillingIntent, 'id' | 'data'>;
  readonly others: readonly BillingIntent[];
};

const write = (tx: BillingTx, { ids }: BillingDeps, intent: BillingIntent) =>
  safeTry(async function* () {
    const live = yield* tx.subscriptions.liveOf(intent.sellerId, intent.customerId);
    if (live?.truthSource === 'mirrored') return err(ALREADY_SUBSCRIBED);
    const pending = yield* tx.intents.pendingOf(intent.sellerId, intent.customerId);
    yield* tx.intents.open(intent).mapErr(impossible('change_in_progress'));
    yield* tx.jobs.enqueue(finishJob(ids, intent));
    return ok(pending.filter(({ kind }) => kind === 'checkout'));
  });

/** The same request once more, whose first process may have died before it had closed the pages before its own. */
const again = (tx: BillingTx, intent: BillingIntent) =>
  safeTry(async function* () {
    const { sellerId, customerId, id } = intent;
    const outcome = yield* tx.intents.outcome(sellerId, id);
    if (outcome?.state === 'failed') return err(ALREADY_SUBSCRIBED);
    const pending = yield* tx.intents.pendingOf(sellerId, customerId);
    const pages = pending.filter(({ kind }) => kind === 'checkout');
    const before = pages.slice(
      0,
      Math.max(
        0,
        pages.findIndex((page) => page.id === id),
      ),
    );
    return ok<Intended>({ intent, others: before });
  });

/** One after the other for each account, so that of two who come at once the later one knows of the earlier. */
const intend = (deps: BillingDeps, customer: KnownCustomer, { wanted, payer, once }: Opening) => {
  const intent: BillingIntent = {
    id: deps.ids.next(),
    sellerId: PLATFORM,
    customerId: customer.id,
    kind: 'checkout',
    data: dataOf(wanted),
    createdAt: payer.at,
  };
  return deps.billing.runExclusive(payer.accountId, (tx) =>
    safeTry(async function* () {
      yield* tx.accounts.lockLive(payer.accountId);
      const before = yield* claim(tx, once, { ids: { intent: intent.id } });
      if (before) return again(tx, { ...intent, id: before.ids['intent'] ?? '' });
      const others = wanted.mode === 'subscription' ? yield* write(tx, deps, intent) : [];
      yield* tx.audit.record(
        byPayer(payer, {
          action: 'checkout.open',
          target: intent.id,
          data: { mode: wanted.mode, price: wanted.price },
        }),
      );
      return ok<Intended>({ intent, others });
    }),
  );
};

const settle = (deps: BillingDeps, id: string, state: 'done' | 'failed') =>
  deps.billing.run((tx) => tx.intents.settle(PLATFORM, id, { state }, deps.clock.now()));

/** Nobody can pay on the page of this intent from now on, whether or not its process lived to make it. */
const close = (deps: BillingDeps, customer: KnownCustomer, intent: BillingIntent) =>
  sessionOf(deps, customer, intent)
    .map(({ id }) => id)
    // One that cannot be made is not there.
    .orElse((failure) => (failure.kind === 'processor_refused' ? ok(undefined) : err(failure)))
    .andThen((session) =>
      session === undefined
        ? okAsync(undefined)
        : deps.processor.checkout.expire(PLATFORM_CONNECTION, session).mapErr(neverMissing),
    )
    .andThen(() => settle(deps, intent.id, 'done'));

/** On one of those pages somebody may have paid a moment ago, and we have not heard of it yet. */
const hasPaid = ({ processor }: BillingDeps, customer: KnownCustomer) =>
  processor.subscriptions
    .ofCustomer(PLATFORM_CONNECTION, customer.processorId)
    .mapErr(neverMissing)
    .map((views) =>
      views.some(
        ({ status, labels }) =>
          isLabelledFor(labels, customer) && isLive({ status: canonicalStatus(status) }),
      ),
    );

const closeAll = (deps: BillingDeps, customer: KnownCustomer, { intent, others }: Intended) =>
  safeTry(async function* () {
    for (const other of others) yield* close(deps, customer, other);
    if (others.length === 0 || !(yield* hasPaid(deps, customer))) return ok(undefined);
    yield* settle(deps, intent.id, 'failed');
    return err(ALREADY_SUBSCRIBED);
  });

/** A page to pay on. A customer has at most one for a subscription, so that no two are paid. */
export const openSession = (deps: BillingDeps) => (wanted: SessionWanted, payer: Payer, once?: Once) =>
  safeTry(async function* () {
    const customer = yield* ensureCustomer(deps)(payer);
    const intended = yield* intend(deps, customer, { wanted, payer, once });
    yield* closeAll(deps, customer, intended);
    const { id, url } = yield* sessionOf(deps, customer, intended.intent);
    return ok<CheckoutUrl>({ id, url });
  });
