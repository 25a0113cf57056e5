import { randomUUID } from 'node:crypto';
import { err, ok, okAsync, type Result, ResultAsync, safeTry } from 'neverthrow';
import type * as z from 'zod';
import {
  CheckoutSessionDto,
  InvoiceListDto,
  PlanChangePreviewDto,
  PlanWithFeaturesDto,
  ProjectSubscriptionDto,
} from '../../adapters/http/training-pipes/billing-schemas.js';
import { listOf, ProjectDto } from '../../adapters/http/training-pipes/schemas.js';
import { poll } from './bucket.js';
import { type ApiFailure, type Call, type Client, document, reasonOf, unreachable } from './client.js';
import { type Buyer, liftLimit, reachLimit } from './limits.js';
import { table } from './receipt.js';
import type { Trip } from './transfers.js';

type Plan = z.output<typeof PlanWithFeaturesDto>;
type Subscription = z.output<typeof ProjectSubscriptionDto>;
/** Which plans were bought, the lines of the invoices for them, and what was said of their limits. */
type Bought = {
  readonly note: string;
  readonly invoices: readonly string[];
  readonly limits: readonly string[];
};

const STEP = 'purchase';
const NOTHING: Bought = { note: 'left out: nothing is on sale', invoices: [], limits: [] };
/** A card of the payment sandbox that pays. */
const CARD = '4242424242424242';

const failed = (reason: string): ApiFailure => ({ kind: 'unexpected_reply', reason });

const money = (cents: number, currency: string): string => `${(cents / 100).toFixed(2)} ${currency}`;

/** The cheapest plan and the dearest, by the month. */
const offered = (client: Client): ResultAsync<readonly [Plan, Plan] | undefined, ApiFailure> =>
  client
    .call('listPlans')
    .andThen(document(listOf('PlanList', PlanWithFeaturesDto)))
    .map(({ items }) => {
      const plans = [...items].sort((a, b) => a.monthly_price - b.monthly_price);
      const [first, last] = [plans[0], plans.at(-1)];
      return first && last && first !== last ? ([first, last] as const) : undefined;
    });

/** Opens the hosted page and sends its form, as a browser would; answers where it leads then. */
const payAt = (url: string): ResultAsync<string, ApiFailure> =>
  ResultAsync.fromPromise(
    (async (): Promise<Result<string, ApiFailure>> => {
      const page = await fetch(url);
      if (!page.ok || !(await page.text()).includes('name="card"'))
        return err(failed(`the checkout page answers ${page.status} and no form`));
      const body = new URLSearchParams({ card: CARD });
      const paid = await fetch(url, { method: 'POST', body, redirect: 'manual' });
      const location = paid.headers.get('location');
      await paid.body?.cancel();
      return paid.status === 303 && location !== null
        ? ok(location)
        : err(failed(`the checkout page answers ${paid.status} to a card that pays`));
    })(),
    unreachable,
  ).andThen((outcome) => outcome);

const inProject = ({ session: as, projectId }: Buyer, more: Call = {}): Call => ({
  as,
  params: { project_id: projectId },
  ...more,
});

/** A project of its own: one that is subscribed is not deleted before its period is over. */
const newBuyer = ({ client, stay: { session } }: Trip): ResultAsync<Buyer, ApiFailure> =>
  client
    .call('createProject', { as: session, json: { name: 'Buyer' }, idempotencyKey: randomUUID() })
    .andThen(document(ProjectDto))
    .map(({ id: projectId }) => ({ client, session, projectId }));

const expected = (
  { price_id, cancel_at_period_end }: Subscription,
  plan: Plan,
  ending: boolean,
): Result<void, ApiFailure> =>
  price_id === plan.monthly_price_id && cancel_at_period_end === ending
    ? ok(undefined)
    : err(failed(`the subscription is to ${price_id}${cancel_at_period_end ? ', about to end' : ''}`));

/** Subscribes on the hosted page; the webhook of the payment makes the subscription active. */
const subscribe = (buyer: Buyer, base: string, plan: Plan): ResultAsync<Subscription, ApiFailure> =>
  safeTry(async function* () {
    const { client } = buyer;
    const [success_url, cancel_url] = [`${base}/docs?paid`, `${base}/docs?not-paid`];
    const json = { price_id: plan.monthly_price_id, success_url, cancel_url };
    const session = yield* client
      .call('createProjectCheckoutSession', inProject(buyer, { json, idempotencyKey: randomUUID() }))
      .andThen(document(CheckoutSessionDto));
    const landed = yield* payAt(session.url);
    if (landed !== success_url) return err(failed(`paying leads to ${landed}`));
    return poll(() =>
      client
        .call('getProjectSubscription', inProject(buyer))
        .andThen(document(ProjectSubscriptionDto))
        .map((now) => (now.status === 'active' ? now : undefined)),
    );
  });

/** Changes to another plan at the price of the preview; answers what that was, in cents. */
const upgrade = (buyer: Buyer, plan: Plan): ResultAsync<number, ApiFailure> =>
  safeTry(async function* () {
    const { client } = buyer;
    const json = { price_id: plan.monthly_price_id };
    const quote = yield* client
      .call('previewProjectPlanChange', inProject(buyer, { json }))
      .andThen(document(PlanChangePreviewDto));
    const change = { ...json, quoted_at: quote.quoted_at };
    const changed = yield* client
      .call('changeProjectPlan', inProject(buyer, { json: change, idempotencyKey: randomUUID() }))
      .andThen(document(ProjectSubscriptionDto));
    yield* expected(changed, plan, false);
    return ok(quote.amount_due_cents);
  });

const cancelAndResume = (buyer: Buyer, plan: Plan): ResultAsync<void, ApiFailure> =>
  safeTry(async function* () {
    const { client } = buyer;
    const [cancel, resume] = ['cancelProjectSubscription', 'resumeProjectSubscription'] as const;
    for (const operation of [cancel, resume]) {
      const now = yield* client.call(operation, inProject(buyer)).andThen(document(ProjectSubscriptionDto));
      yield* expected(now, plan, operation === cancel);
    }
    return ok(undefined);
  });

/** What was charged: the first month, and the change to the cent of its preview. */
const charged = (buyer: Buyer, quoted: number): ResultAsync<readonly string[], ApiFailure> =>
  buyer.client
    .call('listProjectInvoices', inProject(buyer))
    .andThen(document(InvoiceListDto))
    .andThen(({ items }) => {
      const change = items.find(({ reason }) => reason === 'subscription_update');
      if (change?.amount_paid_cents !== quoted)
        return err(failed(`the change was to cost ${quoted} cents and cost ${change?.amount_paid_cents}`));
      const rows = items.map(({ reason, amount_paid_cents: cents, currency, status, number = '' }) => [
        reason,
        money(cents, currency),
        status,
        number,
      ]);
      return ok(table(rows, 1));
    });

const buy = (trip: Trip, base: string): ResultAsync<Bought, ApiFailure> =>
  safeTry(async function* () {
    const plans = yield* offered(trip.client);
    if (plans === undefined) return okAsync(NOTHING);
    const [first, other] = plans;
    const buyer = yield* newBuyer(trip);
    yield* subscribe(buyer, base, first).andThen((now) => expected(now, first, false));
    const reached = yield* reachLimit(buyer);
    const quoted = yield* upgrade(buyer, other);
    const limits = reached.length === 0 ? [] : [...reached, yield* liftLimit(buyer)];
    yield* cancelAndResume(buyer, other);
    const invoices = yield* charged(buyer, quoted);
    return ok({ note: `${first.name}, changed to ${other.name}, cancelled and resumed`, invoices, limits });
  });

/** Buys a plan in the payment sandbox and minds it; answers its invoices and its limits as lines for a person. */
export const purchase = async (trip: Trip, base: string): Promise<Omit<Bought, 'note'>> => {
  if (trip.signal.aborted) return NOTHING;
  const began = performance.now();
  const outcome = await buy(trip, base);
  const seconds = (performance.now() - began) / 1000;
  return outcome.match(
    ({ note, ...lines }) => {
      trip.phases.push({ name: STEP, files: 0, seconds, note });
      return lines;
    },
    (failure) => {
      trip.failures.push({ step: STEP, reason: reasonOf(failure) });
      return NOTHING;
    },
  );
};
