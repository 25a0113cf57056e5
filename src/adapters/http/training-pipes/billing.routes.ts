import { paged } from '../kit/page.js';
import { payerOf } from '../kit/payer.js';
import { json, jsonOrNone } from '../kit/reply.js';
import {
  ChangePlanDto,
  CheckoutSessionCreateDto,
  CheckoutSessionDto,
  InvoiceListDto,
  InvoiceQuery,
  PlanChangePreviewDto,
  PortalSessionCreateDto,
  PortalSessionDto,
  PriceNamed,
  ProjectSubscriptionDto,
  UpcomingInvoiceDto,
} from './billing-schemas.js';
import { route } from './contract.js';
import { inProject } from './guards.js';
import { presentInvoices, presentQuote, presentSubscription, presentUpcoming } from './present-billing.js';
import { ProjectParams } from './projects.routes.js';

/** Those who pay for a project: its owners, and keys that were given the right. */
const payer = inProject('owner', 'billing');

/** What any change of a subscription may answer. */
const CHANGE_ERRORS = {
  not_found: 404,
  no_subscription: 409,
  change_in_progress: 409,
  processor_refused: 502,
  payments_not_configured: 503,
} as const;

export const createProjectCheckoutSession = route({
  operationId: 'createProjectCheckoutSession',
  at: 'POST /v1/projects/{project_id}/checkout_session',
  summary: 'A page of the payment processor on which to subscribe, to pay once, or to leave a card',
  auth: payer,
  request: { params: ProjectParams },
  body: { kind: 'json', schema: CheckoutSessionCreateDto },
  idempotent: true,
  run: ({ billing }, { body, principal, once }) =>
    billing.openCheckout(
      {
        mode: body.mode,
        priceId: body.price_id,
        successUrl: body.success_url,
        cancelUrl: body.cancel_url,
      },
      payerOf(principal),
      once,
    ),
  reply: json(200, CheckoutSessionDto, ({ url, id }: { url: string; id: string }) => ({
    url,
    session_id: id,
  })),
  errors: {
    processor_refused: 502,
    payments_not_configured: 503,
    url_not_allowed: 400,
    price_unknown: 400,
    already_subscribed: 400,
    not_found: 404,
  },
});

export const createProjectPortalSession = route({
  operationId: 'createProjectPortalSession',
  at: 'POST /v1/projects/{project_id}/portal_session',
  summary: 'A page of the payment processor on which to mind cards and invoices',
  auth: payer,
  request: { params: ProjectParams },
  body: { kind: 'json', schema: PortalSessionCreateDto },
  run: ({ billing }, { body, principal }) =>
    billing.openPortal({ returnUrl: body.return_url }, payerOf(principal)),
  reply: json(200, PortalSessionDto, ({ url }: { url: string }) => ({ url })),
  errors: { processor_refused: 502, payments_not_configured: 503, url_not_allowed: 400, no_customer: 400 },
});

export const getProjectSubscription = route({
  operationId: 'getProjectSubscription',
  at: 'GET /v1/projects/{project_id}/subscription',
  summary: 'What the project is subscribed to; without a subscription, empty words and zeros',
  auth: payer,
  request: { params: ProjectParams },
  run: ({ billing }, { principal }) => billing.getSubscription(payerOf(principal)),
  reply: json(200, ProjectSubscriptionDto, presentSubscription),
  errors: {},
});

export const listProjectInvoices = route({
  operationId: 'listProjectInvoices',
  at: 'GET /v1/projects/{project_id}/invoices',
  summary: 'The invoices of a project, newest first, with the reason for each',
  auth: payer,
  request: { params: ProjectParams, query: InvoiceQuery },
  run: ({ billing, pages }, { query, principal }) =>
    paged(
      pages,
      `invoices:${principal.accountId}`,
      { page_size: query.limit, page_token: query.page_token },
      ({ size, after }) =>
        billing.listInvoices({ limit: size, after }, payerOf(principal)).map(({ items, hasMore }) => {
          const last = items.at(-1);
          return hasMore && last ? { items, next: last.id } : { items };
        }),
    ),
  reply: json(200, InvoiceListDto, presentInvoices),
  errors: { invalid_page_token: 400, processor_refused: 502, payments_not_configured: 503 },
});

export const getProjectUpcomingInvoice = route({
  operationId: 'getProjectUpcomingInvoice',
  at: 'GET /v1/projects/{project_id}/upcoming_invoice',
  summary: 'What the next invoice will come to, with the usage so far; 204 where there will be none',
  auth: payer,
  request: { params: ProjectParams },
  run: ({ billing }, { principal }) => billing.upcomingInvoice(payerOf(principal)),
  reply: jsonOrNone(UpcomingInvoiceDto, presentUpcoming),
  errors: { processor_refused: 502, payments_not_configured: 503 },
});

export const previewProjectPlanChange = route({
  operationId: 'previewProjectPlanChange',
  at: 'POST /v1/projects/{project_id}/subscription:preview-change',
  summary: 'What changing to another price would charge now; it holds for ten minutes',
  auth: payer,
  request: { params: ProjectParams },
  body: { kind: 'json', schema: PriceNamed },
  run: ({ billing }, { body, principal }) =>
    billing.previewChange({ priceId: body.price_id }, payerOf(principal)),
  reply: json(200, PlanChangePreviewDto, presentQuote),
  errors: {
    processor_refused: 502,
    payments_not_configured: 503,
    price_unknown: 400,
    same_price: 400,
    no_subscription: 409,
    change_while_cancelling: 409,
  },
});

export const changeProjectPlan = route({
  operationId: 'changeProjectPlan',
  at: 'POST /v1/projects/{project_id}/plan',
  summary: 'Change to another price now, with the rest of the period set off',
  auth: payer,
  request: { params: ProjectParams },
  body: { kind: 'json', schema: ChangePlanDto },
  idempotent: true,
  run: ({ billing }, { body, principal, once }) =>
    billing.changePlan({ priceId: body.price_id, at: body.quoted_at }, payerOf(principal), once),
  reply: json(200, ProjectSubscriptionDto, presentSubscription),
  errors: {
    ...CHANGE_ERRORS,
    price_unknown: 400,
    same_price: 400,
    quote_expired: 400,
    payment_declined: 402,
    change_while_cancelling: 409,
  },
});

export const cancelProjectSubscription = route({
  operationId: 'cancelProjectSubscription',
  at: 'POST /v1/projects/{project_id}/subscription/cancel',
  summary: 'Let the subscription end with the period that is paid for',
  auth: payer,
  request: { params: ProjectParams },
  run: ({ billing }, { principal }) => billing.cancel(payerOf(principal)),
  reply: json(200, ProjectSubscriptionDto, presentSubscription),
  errors: {
    ...CHANGE_ERRORS,
    already_cancelling: 409,
  },
});

export const resumeProjectSubscription = route({
  operationId: 'resumeProjectSubscription',
  at: 'POST /v1/projects/{project_id}/subscription/resume',
  summary: 'Let a subscription that was to end go on',
  auth: payer,
  request: { params: ProjectParams },
  run: ({ billing }, { principal }) => billing.resume(payerOf(principal)),
  reply: json(200, ProjectSubscriptionDto, presentSubscription),
  errors: {
    ...CHANGE_ERRORS,
    not_cancelling: 409,
  },
});
