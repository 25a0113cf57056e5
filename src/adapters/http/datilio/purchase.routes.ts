import { errAsync, okAsync } from 'neverthrow';
import * as z from 'zod';
import type { AccountMember } from '../../../application/accounts/authenticate.js';
import { impossible } from '../../../application/shared/impossible.js';
import { payerOf } from '../kit/payer.js';
import { json } from '../kit/reply.js';
import type { App } from './app.js';
import { route } from './contract.js';
import type { PaymentRequired } from './dialect.js';
import { user } from './guards.js';
import { presentUserPlan, type UserPlan } from './present.js';
import { PurchasePlanIn, UserPlanDto } from './schemas.js';

/** The plan of a user, and what is left of what it includes. */
const planOf = ({ billing, entitlements }: App, member: AccountMember) =>
  billing
    .userPlan(member)
    .andThen((found) =>
      found === undefined
        ? okAsync(undefined)
        : entitlements
            .entitlementsOf(member.accountId, member.at)
            .map(({ decisions }): UserPlan => ({ ...found, decisions })),
    );

/** What any route that asks the payment processor may answer. */
const PROCESSOR = { processor_refused: 502, payments_not_configured: 503 } as const;

export const purchasePlan = route({
  operationId: 'purchasePlan',
  at: 'POST /api/purchase/plan',
  summary: 'Take a plan: a free one or a dearer one at once, a cheaper one when the period ends',
  auth: user,
  body: { kind: 'json', schema: PurchasePlanIn },
  idempotent: true,
  run: (app, { body, principal, once }) =>
    app.billing
      .purchasePlan(
        { planNumber: body.plan_id, months: body.duration_months, ...app.comeBack() },
        payerOf(principal),
        once,
      )
      // The addresses are our own, and whose card is declined is sent to mind it.
      .mapErr(impossible('url_not_allowed', 'payment_declined'))
      .andThen((purchase) =>
        purchase.kind === 'checkout'
          ? errAsync<never, PaymentRequired>({ kind: 'payment_required', checkoutUrl: purchase.url })
          : planOf(app, principal),
      ),
  reply: json(200, UserPlanDto, presentUserPlan),
  errors: {
    ...PROCESSOR,
    payment_required: 402,
    not_found: 404,
    already_on_plan: 409,
    already_subscribed: 409,
    change_in_progress: 409,
    change_while_cancelling: 409,
    no_subscription: 409,
  },
});

export const createCheckoutSession = route({
  operationId: 'createCheckoutSession',
  at: 'POST /api/create-checkout-session',
  summary: 'A page of the payment processor on which to pay for a plan, for so many months at a time',
  auth: user,
  body: { kind: 'json', schema: PurchasePlanIn },
  idempotent: true,
  run: ({ billing, comeBack }, { body, principal, once }) =>
    billing
      .planCheckout(
        { planNumber: body.plan_id, months: body.duration_months, ...comeBack() },
        payerOf(principal),
        once,
      )
      .mapErr(impossible('url_not_allowed')),
  reply: json(200, z.object({ checkout_url: z.url() }), ({ url }: { readonly url: string }) => ({
    checkout_url: url,
  })),
  errors: {
    ...PROCESSOR,
    free_plan: 400,
    not_found: 404,
    already_subscribed: 409,
  },
});

export const getUserPlan = route({
  operationId: 'getUserPlan',
  at: 'GET /api/user/plan',
  summary: 'The plan of the caller, and what is left of it',
  auth: user,
  run: (app, { principal }) => planOf(app, principal),
  reply: json(200, UserPlanDto, presentUserPlan),
  errors: {},
});

export const cancelUserPlan = route({
  operationId: 'cancelUserPlan',
  at: 'POST /api/user/cancel_plan',
  summary: 'Let the plan end with the period that is paid for; a free one ends at once',
  auth: user,
  // The account was there a moment ago, and nobody is charged.
  run: ({ billing }, { principal }) =>
    billing.cancel(payerOf(principal)).mapErr(impossible('not_found', 'payment_declined')),
  reply: json(
    200,
    z.object({ status: z.enum(['cancelled', 'cancels_at_period_end']) }),
    ({ status }: { readonly status: string }) => ({
      status: status === 'ended' ? ('cancelled' as const) : ('cancels_at_period_end' as const),
    }),
  ),
  errors: {
    ...PROCESSOR,
    no_subscription: 409,
    already_cancelling: 409,
    change_in_progress: 409,
  },
});
