import type { ResultAsync } from 'neverthrow';
import type { Customer } from '../../domain/billing/customer.js';
import type { CatalogueName, Plan, PlanPrice } from '../../domain/billing/plan.js';
import type { SellerId } from '../../domain/billing/seller.js';
import type { Subscription } from '../../domain/billing/subscription.js';
import type { AccountId } from '../../domain/shared/ids.js';
import type { Page, PageRequest } from '../../domain/shared/page.js';
import type { Instant } from '../../domain/shared/time.js';
import type { NotFound, StaleVersion, Unavailable } from '../shared/failure.js';
import type { SharedTx } from '../shared/shared-tx.js';
import type { UnitOfWork } from '../shared/unit-of-work.js';
import type { InboundEvents } from './inbound-events.js';
import type { PlanLimits } from './plan-limits.js';
import type { Standings } from './standings.js';

export type PlanNameTaken = { readonly kind: 'plan_name_taken' };
/** Another plan of the seller has this price of the processor's. */
export type PriceTaken = { readonly kind: 'price_taken'; readonly processorId: string };

/** Every call is scoped by seller. */
export type Plans = {
  readonly get: (seller: SellerId, id: string) => ResultAsync<Plan, NotFound | Unavailable>;
  /** With its prices; answers it with its number. */
  readonly add: (plan: Plan) => ResultAsync<Plan, PlanNameTaken | PriceTaken | Unavailable>;
  /** Compare-and-set by version. Prices that are new are added, for the others only `active` is written; none goes. */
  readonly save: (plan: Plan) => ResultAsync<Plan, StaleVersion | PlanNameTaken | PriceTaken | Unavailable>;
};

export type Customers = {
  /** The customer that this payer is, made where it is not there yet; of two who come at once both get the same. */
  readonly ensure: (customer: Customer) => ResultAsync<Customer, Unavailable>;
  /** The processor's id, which never changes once it is known: a second one is answered with the first. */
  readonly bind: (customer: Customer, processorId: string) => ResultAsync<Customer, NotFound | Unavailable>;
};

/** The customer has a live subscription already. */
export type AlreadySubscribed = { readonly kind: 'already_subscribed' };

export type Subscriptions = {
  readonly get: (seller: SellerId, id: string) => ResultAsync<Subscription, NotFound | Unavailable>;
  /** The live one of a customer, if any. */
  readonly liveOf: (
    seller: SellerId,
    customerId: string,
  ) => ResultAsync<Subscription | undefined, Unavailable>;
  readonly byProcessorId: (
    seller: SellerId,
    processorId: string,
  ) => ResultAsync<Subscription | undefined, Unavailable>;
  /** Answers it with its number. */
  readonly add: (subscription: Subscription) => ResultAsync<Subscription, AlreadySubscribed | Unavailable>;
  /** Compare-and-set by version, and by how often that was confirmed. */
  readonly save: (
    subscription: Subscription,
  ) => ResultAsync<Subscription, StaleVersion | AlreadySubscribed | Unavailable>;
  /** It stands as this version says: whoever read it before, and asked the processor earlier, may not save it. */
  readonly confirm: (subscription: Subscription) => ResultAsync<Subscription, StaleVersion | Unavailable>;
};

/** What shall be done at the processor; `id` is also the processor's key, so that it happens once. */
export type BillingIntent = {
  readonly id: string;
  readonly sellerId: SellerId;
  readonly customerId: string;
  readonly kind:
    | 'checkout'
    | 'change_plan'
    | 'change_plan_later'
    | 'add_usage'
    | 'cancel'
    | 'resume'
    | 'end_surplus';
  /** What it takes to do it again in the same words. No secret. */
  readonly data: Readonly<Record<string, string>>;
  readonly createdAt: Instant;
};
/** `failed` carries why; a declined payment is never tried again under the same key. */
export type IntentOutcome = {
  readonly state: 'done' | 'failed';
  readonly data?: Readonly<Record<string, string>> | undefined;
};

/** Somebody else is changing this customer's subscription at this moment. */
export type ChangeInProgress = { readonly kind: 'change_in_progress' };

export type Intents = {
  /** At most one of a customer is open, those of kind `checkout` and `end_surplus` aside. */
  readonly open: (intent: BillingIntent) => ResultAsync<void, ChangeInProgress | Unavailable>;
  /** An intent that is not settled; undefined when it is, or never was. */
  readonly pending: (seller: SellerId, id: string) => ResultAsync<BillingIntent | undefined, Unavailable>;
  /** All of a customer that are not settled, checkouts too, oldest first. */
  readonly pendingOf: (
    seller: SellerId,
    customerId: string,
  ) => ResultAsync<readonly BillingIntent[], Unavailable>;
  /** How it was settled; undefined: it is pending, or never was. */
  readonly outcome: (seller: SellerId, id: string) => ResultAsync<IntentOutcome | undefined, Unavailable>;
  /** Repeatable: what is settled stays as it is. */
  readonly settle: (
    seller: SellerId,
    id: string,
    outcome: IntentOutcome,
    at: Instant,
  ) => ResultAsync<void, Unavailable>;
};

/** A line of the usage report on its way to the processor. */
export type UsageLine = {
  readonly sellerId: SellerId;
  readonly customerId: string;
  /** Also the processor's key. */
  readonly id: string;
  readonly cents: bigint;
  readonly usedAt: Instant;
};
export type ReportedUsage = {
  /** Those of these lines that are not on record yet are written down as waiting; a line's first figure stands. */
  readonly intend: (lines: readonly UsageLine[], at: Instant) => ResultAsync<void, Unavailable>;
  readonly reported: (seller: SellerId, lineId: string, at: Instant) => ResultAsync<void, Unavailable>;
};

export type BillingTx = SharedTx & {
  readonly plans: Plans;
  readonly planLimits: PlanLimits;
  readonly customers: Customers;
  readonly subscriptions: Subscriptions;
  readonly intents: Intents;
  readonly reportedUsage: ReportedUsage;
  /** With what an event brought about. */
  readonly inboundEvents: Pick<InboundEvents, 'close'>;
};
export type BillingUnitOfWork = UnitOfWork<BillingTx>;

/** Read models: committed rows, newest state. */
export type BillingReaders = Standings & {
  readonly plan: (seller: SellerId, id: string) => ResultAsync<Plan, NotFound | Unavailable>;
  readonly planByNumber: (
    seller: SellerId,
    catalogue: CatalogueName,
    number: number,
  ) => ResultAsync<Plan, NotFound | Unavailable>;
  /** Oldest first; each with its prices. */
  readonly plansOf: (
    seller: SellerId,
    catalogue: CatalogueName,
    page: PageRequest<string>,
  ) => ResultAsync<Page<Plan, string>, Unavailable>;
  /** A price that is written down, with its plan, by the processor's id or by ours. */
  readonly price: (
    seller: SellerId,
    by: { readonly processorId: string } | { readonly id: string },
  ) => ResultAsync<{ readonly plan: Plan; readonly price: PlanPrice } | undefined, Unavailable>;
  readonly customer: (seller: SellerId, id: string) => ResultAsync<Customer, NotFound | Unavailable>;
  readonly customerOf: (seller: SellerId, payer: AccountId) => ResultAsync<Customer | undefined, Unavailable>;
  /** The live one; else, of those that are over or wait for a payment, the one that began last. */
  readonly subscriptionOf: (
    seller: SellerId,
    customerId: string,
  ) => ResultAsync<Subscription | undefined, Unavailable>;
  /** All of a customer, ended ones too, newest first. */
  readonly subscriptionsOf: (
    seller: SellerId,
    customerId: string,
  ) => ResultAsync<readonly Subscription[], Unavailable>;
  /** Customers that the processor knows, by id: for the job that looks whether a webhook was lost. */
  readonly customersAt: (
    seller: SellerId,
    page: PageRequest<string>,
  ) => ResultAsync<Page<Customer, string>, Unavailable>;
  /** Usage lines from `since` on that are written down and not reported, oldest first. */
  readonly unreported: (
    seller: SellerId,
    limit: number,
    since: Instant,
  ) => ResultAsync<readonly UsageLine[], Unavailable>;
};
