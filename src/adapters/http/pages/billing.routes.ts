import { ok, okAsync, ResultAsync, safeTry } from 'neverthrow';
import * as z from 'zod';
import { payerOf } from '../kit/payer.js';
import type { App } from './app.js';
import { type BillingView, billingView } from './billing.views.js';
import { route } from './contract.js';
import { Csrf } from './file-system.routes.js';
import { inProject, type ProjectMember, posted } from './guards.js';
import { unforged } from './kit/csrf.js';
import { inForm } from './kit/form.js';
import { layout, page, toPage } from './kit/layout.js';
import { address } from './kit/list.js';
import { standingOf } from './limits.views.js';
import { billingOf } from './places.js';
import { ALL_PLANS } from './pricing.routes.js';
import { ProjectParams } from './storage.routes.js';
import { messageOf } from './words.js';

const INVOICES = { limit: 12 };

export const payer = inProject('owner');

/** What the processor is asked for may be missing while it is away; what is on record is shown all the same. */
const ifThere = <T, E>(result: ResultAsync<T, E>): ResultAsync<T | undefined, never> =>
  result.orElse(() => okAsync(undefined));

export const contentsOf = (app: App, member: ProjectMember) =>
  safeTry(async function* () {
    const { billing } = app;
    const who = payerOf(member);
    const { items: plans } = yield* billing.listPlans('training-pipes', ALL_PLANS);
    const subscription = yield* billing.getSubscription(who);
    const [invoices, upcoming] = yield* ResultAsync.combine([
      ifThere(billing.listInvoices(INVOICES, who)),
      ifThere(billing.upcomingInvoice(who)),
    ]);
    const leads = app.processorPages();
    const standing = yield* standingOf(app, member);
    return ok<BillingView>({ member, standing, plans, subscription, invoices, upcoming, leads });
  });

export const billingPage = route({
  operationId: 'billingPage',
  at: 'GET /app/projects/{project_id}/billing',
  summary: 'What a project is subscribed to, and what it pays',
  auth: payer,
  request: { params: ProjectParams, query: z.object({ done: z.string().max(40).optional() }) },
  run: (app, { principal, query }) =>
    contentsOf(app, principal).map((view): BillingView => ({ ...view, done: query.done })),
  reply: page(billingView),
  errors: {},
});

type Asked = { readonly member: ProjectMember; readonly body: z.output<typeof Csrf> };

/** Where something is refused, the billing page says why. It has no fields that a failure could be about. */
export const orBillingPage = <T, E extends { readonly kind: string }>(
  app: App,
  member: ProjectMember,
  result: ResultAsync<T, E>,
) =>
  inForm(
    result,
    (failure) =>
      contentsOf(app, member).map((view) =>
        layout(billingView({ ...view, problem: { message: messageOf(failure) } })),
      ),
    { leads: app.processorPages() },
  );

/** Does what a form of the billing page asks for. */
export const onItsPage = <T, E extends { readonly kind: string }>(
  app: App,
  { member, body }: Asked,
  deed: () => ResultAsync<T, E>,
) => orBillingPage(app, member, unforged(member, body).asyncAndThen(deed));

/** The billing page as the processor's pages are told of it. */
const backTo = ({ home }: App, { account }: ProjectMember, done?: string): string =>
  home() + address(billingOf(account.id), { done });

export const subscribe = route({
  operationId: 'subscribe',
  at: 'POST /app/projects/{project_id}/billing/checkout',
  summary: 'Go to pay for a plan',
  auth: posted(payer),
  request: { params: ProjectParams },
  body: { kind: 'form', schema: Csrf.extend({ price: z.string().max(255).default('') }) },
  run: (app, { principal: member, body }) =>
    onItsPage(app, { member, body }, () =>
      app.billing.openCheckout(
        {
          mode: 'subscription',
          priceId: body.price,
          successUrl: backTo(app, member, 'success'),
          cancelUrl: backTo(app, member, 'cancel'),
        },
        payerOf(member),
      ),
    ).map(({ url }) => ({ to: url })),
  reply: toPage(),
  errors: {
    forged: 403,
    url_not_allowed: 400,
    price_unknown: 400,
    already_subscribed: 409,
    not_found: 404,
    processor_refused: 502,
    payments_not_configured: 503,
  },
});

export const mindPayments = route({
  operationId: 'mindPayments',
  at: 'POST /app/projects/{project_id}/billing/portal',
  summary: 'Go to mind cards and invoices',
  auth: posted(payer),
  request: { params: ProjectParams },
  body: { kind: 'form', schema: Csrf },
  run: (app, { principal: member, body }) =>
    onItsPage(app, { member, body }, () =>
      app.billing.openPortal({ returnUrl: backTo(app, member) }, payerOf(member)),
    ).map(({ url }) => ({ to: url })),
  reply: toPage(),
  errors: {
    forged: 403,
    url_not_allowed: 400,
    no_customer: 409,
    processor_refused: 502,
    payments_not_configured: 503,
  },
});
