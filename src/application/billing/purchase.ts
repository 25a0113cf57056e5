import { err, errAsync, ok, okAsync, type Result, type ResultAsync, safeTry } from 'neverthrow';
import type { Plan, PlanPrice } from '../../domain/billing/plan.js';
import { compareMonthly } from '../../domain/billing/plan-prices.js';
import { quotedAt } from '../../domain/billing/quote.js';
import { PLATFORM } from '../../domain/billing/seller.js';
import { isLive, type Subscription } from '../../domain/billing/subscription.js';
import type { ChangeInProgress } from '../../ports/billing/unit-of-work.js';
import { NOT_FOUND, type Unavailable } from '../../ports/shared/failure.js';
import type { Once } from '../../ports/shared/idempotency.js';
import type { Change } from './changes/act.js';
import { change } from './changes/change.js';
import { returnUrls, withUsage } from './checkout.js';
import { knownCustomer } from './customers.js';
import type { BillingDeps } from './deps.js';
import type { AlreadyOnPlan, ChangeWhileCancelling, FreePlan } from './failures.js';
import { takeFree } from './free-plan.js';
import { listPrice, monthsPrice } from './months-price.js';
import type { Payer } from './payer.js';
import { portalOf } from './portal.js';
import type { PaidPrice } from './prices.js';
import { openSession } from './sessions.js';
import { usageOf } from './usage/usage-price.js';

export type PurchaseWanted = {
  readonly planNumber: number;
  /** How many are paid for at once. */
  readonly months: number;
  readonly successUrl: string;
  readonly cancelUrl: string;
};
export type Purchase =
  | { readonly kind: 'changed'; readonly subscription: Subscription }
  | { readonly kind: 'checkout'; readonly url: string };

type Urls = Pick<PurchaseWanted, 'successUrl' | 'cancelUrl'>;
type Order = { readonly payer: Payer; readonly once: Once | undefined };

const changedTo = (subscription: Subscription): Purchase => ({ kind: 'changed', subscription });

/** One request may end in one of several ways, each of which makes something else. */
const onceAs = (once: Once | undefined, way: string): Once | undefined =>
  once && { ...once, scope: `${once.scope}/${way}` };

const planOf = ({ readers }: BillingDeps, number: number) =>
  readers.planByNumber(PLATFORM, 'datilio', number).andThen((plan) => {
    const monthly = listPrice(plan);
    return monthly ? ok({ plan, monthly }) : err(NOT_FOUND);
  });

/** The subscription to change, with what it costs; undefined: there is none that the processor keeps. */
const running = (deps: BillingDeps, payer: Payer) =>
  safeTry(async function* () {
    const customer = yield* knownCustomer(deps)(payer);
    const current = customer && (yield* deps.readers.subscriptionOf(PLATFORM, customer.id));
    if (!customer || !current?.processor || !isLive(current)) return ok(undefined);
    const { priceId } = current.processor;
    const found = yield* deps.readers.price(PLATFORM, { processorId: priceId });
    return ok({ customer, priceId, price: found?.price });
  });

/** Dearer for each month: now, and paid now. Cheaper: when what is paid for is used up. */
const ruleFor =
  (
    { price: wanted, usage }: Wanted,
    seen: { readonly priceId: string; readonly price: PlanPrice | undefined },
    { at }: Payer,
  ) =>
  (current: Subscription): Result<Change, AlreadyOnPlan | ChangeWhileCancelling | ChangeInProgress> => {
    const { processorId: price, id: priceId } = wanted;
    if (current.processor?.priceId === price) return again(current, price);
    if (current.cancelAtPeriodEnd) return err({ kind: 'change_while_cancelling' });
    if (current.processor?.priceId !== seen.priceId) return err({ kind: 'change_in_progress' });
    const cheaper = seen.price !== undefined && compareMonthly(wanted, seen.price) < 0;
    return cheaper
      ? ok({ kind: 'change_plan_later', price, usage, priceId })
      : ok({ kind: 'change_plan', price, usage, at: quotedAt(at) });
  };

/** Buying what one has takes back what would end or replace it. */
const again = (
  { cancelAtPeriodEnd, nextPriceId }: Subscription,
  price: string,
): Result<Change, AlreadyOnPlan> => {
  if (cancelAtPeriodEnd) return ok({ kind: 'resume' });
  return nextPriceId === undefined
    ? err({ kind: 'already_on_plan' })
    : ok({ kind: 'change_plan_later', price });
};

type Wanted = { readonly price: PaidPrice; readonly usage?: string | undefined };

const checkout = (deps: BillingDeps, { price, usage }: Wanted, urls: Urls, { payer, once }: Order) =>
  openSession(deps)(
    { mode: 'subscription', price: price.processorId, usage, ...urls },
    payer,
    onceAs(once, 'checkout'),
  );

const buy = (deps: BillingDeps, price: PaidPrice, urls: Urls, order: Order) =>
  safeTry(async function* () {
    const { payer, once } = order;
    const usage = usageOf(deps, price);
    const onPage = () =>
      checkout(deps, { price, usage }, urls, order).map(({ url }): Purchase => ({ kind: 'checkout', url }));
    const seen = yield* running(deps, payer);
    if (!seen) return onPage();
    const rule = ruleFor({ price, usage }, seen, payer);
    return change(deps)({ rule, payer, once: onceAs(once, 'change') })
      .map(changedTo)
      .orElse((failure) => {
        if (failure.kind === 'no_subscription') return onPage();
        if (failure.kind !== 'payment_declined') return errAsync(failure);
        // A second subscription is no way to pay for the first: what they pay with is to be changed.
        return portalOf(deps, seen.customer, urls.successUrl).map(
          ({ url }): Purchase => ({ kind: 'checkout', url }),
        );
      });
  });

type AlreadyEnding = { readonly kind: 'already_ending'; readonly subscription: Subscription };

const toEnd = (current: Subscription): Result<Change, AlreadyEnding> =>
  current.cancelAtPeriodEnd ? err({ kind: 'already_ending', subscription: current }) : ok({ kind: 'cancel' });

/** What is paid for runs on to the end of its period; for nothing there is nothing to wait for. */
const buyFree = (deps: BillingDeps, price: PlanPrice, { payer, once }: Order) =>
  takeFree(deps, price, payer, onceAs(once, 'free')).orElse((failure) => {
    if (failure.kind !== 'paid_plan') return errAsync(failure);
    return change(deps)({ rule: toEnd, payer, once: onceAs(once, 'change') }).orElse((refused) =>
      refused.kind === 'already_ending' ? ok(refused.subscription) : err(refused),
    );
  });

/** A plan of Datilio's for so many months at a time. */
export const purchasePlan = (deps: BillingDeps) => (wanted: PurchaseWanted, payer: Payer, once?: Once) =>
  safeTry(async function* () {
    const urls = yield* returnUrls(deps, wanted);
    const { plan, monthly } = yield* planOf(deps, wanted.planNumber);
    if (monthly.cost.amount === 0n) return buyFree(deps, monthly, { payer, once }).map(changedTo);
    const price = yield* monthsPrice(deps, plan, monthly, wanted.months, payer.at);
    return buy(deps, price, urls, { payer, once });
  });

/** A page to pay for a plan on, for who has none yet. */
export const planCheckout = (deps: BillingDeps) => (wanted: PurchaseWanted, payer: Payer, once?: Once) =>
  safeTry(async function* () {
    const urls = yield* returnUrls(deps, wanted);
    const { plan, monthly } = yield* planOf(deps, wanted.planNumber);
    if (monthly.cost.amount === 0n) return err<never, FreePlan>({ kind: 'free_plan' });
    const price = yield* monthsPrice(deps, plan, monthly, wanted.months, payer.at);
    const prices = withUsage(deps, price);
    return openSession(deps)({ mode: 'subscription', ...prices, ...urls }, payer, once);
  });

type OfPlan = { readonly subscription: Subscription; readonly plan: Plan };

/** What an account has, or had last, with the plan it is of. */
export const userPlan =
  ({ readers }: Pick<BillingDeps, 'readers'>) =>
  ({ accountId }: Pick<Payer, 'accountId'>): ResultAsync<OfPlan | undefined, Unavailable> =>
    safeTry(async function* () {
      const customer = yield* readers.customerOf(PLATFORM, accountId);
      const subscription = customer && (yield* readers.subscriptionOf(PLATFORM, customer.id));
      if (subscription?.priceId === undefined) return okAsync(undefined);
      const found = yield* readers.price(PLATFORM, { id: subscription.priceId });
      return ok(found && { subscription, plan: found.plan });
    });
