import { err, ok, type Result } from 'neverthrow';
import * as z from 'zod';
import type { ClientCaller } from '../../../application/accounts/client-tokens.js';
import type { Payer } from '../../../application/billing/index.js';
import type { CheckoutUrl } from '../../../application/billing/sessions.js';
import { json } from '../kit/reply.js';
import { route } from './contract.js';
import { anyone, client } from './guards.js';

const MAX_EVENT_BYTES = 1024 * 1024;
const UrlDto = z.string().max(2_048).refine(URL.canParse, 'must be a URL').meta({ format: 'uri' });

type OrganizationMissing = { readonly kind: 'organization_missing' };

/** The organization of the token’s claim, as whom it acts for; never one that the body names. */
const payerOf = (caller: ClientCaller): Result<Payer, OrganizationMissing> => {
  const { organizationId, organizationName, clientRowId, at, requestId, address } = caller;
  if (organizationId === undefined) return err({ kind: 'organization_missing' });
  const actor = { kind: 'organization_client', id: clientRowId } as const;
  return ok({ accountId: organizationId, name: organizationName, actor, at, requestId, address });
};

type Failure = { readonly kind: string };
type At<Kind extends string> = { readonly kind: Kind };

/** Whatever keeps the processor from opening a page is the processor’s error here; a deleted organization has no clients. */
const asPublished = <E extends Failure>(
  failure: E,
): Exclude<E, At<'not_found'>> | At<'processor_unavailable'> | At<'unauthenticated'> => {
  const { kind, dependency } = failure as Failure & { readonly dependency?: string };
  if (kind === 'unavailable' && dependency !== 'postgres')
    return { ...failure, kind: 'processor_unavailable' };
  if (kind === 'not_found') return { kind: 'unauthenticated' };
  return failure as Exclude<E, At<'not_found'>>;
};

export const createBillingCheckoutSession = route({
  operationId: 'createBillingCheckoutSession',
  at: 'POST /api/v1/billing/checkout',
  summary: 'A page of Stripe’s on which the organization upgrades its plan',
  auth: client('billing'),
  body: {
    kind: 'json',
    optional: true,
    schema: z
      .object({ successUrl: UrlDto.optional(), cancelUrl: UrlDto.optional() })
      .meta({ id: 'CheckoutRequest' }),
  },
  idempotent: true,
  run: ({ billing }, { principal, body, once }) =>
    payerOf(principal)
      .asyncAndThen((payer) => billing.openUpgrade(body, payer, once))
      .mapErr(asPublished),
  reply: json(
    201,
    z.object({ checkoutUrl: z.string().meta({ format: 'uri' }) }).meta({ id: 'CheckoutResponse' }),
    ({ url }: CheckoutUrl) => ({ checkoutUrl: url }),
  ),
  errors: {
    organization_missing: 400,
    url_not_allowed: 400,
    unauthenticated: 401,
    already_subscribed: 409,
    price_unknown: 500,
    payments_not_configured: 500,
    processor_refused: 500,
    processor_unavailable: 500,
  },
});

/** Stripe sends again what is answered with 500. */
const sentAgain = <E extends Failure>(
  failure: E,
): Exclude<E, At<'unavailable'>> | At<'events_unavailable'> =>
  failure.kind === 'unavailable'
    ? { ...failure, kind: 'events_unavailable' }
    : (failure as Exclude<E, At<'unavailable'>>);

const MISSING = 'Missing Stripe-Signature header.';

export const handleStripeWebhook = route({
  operationId: 'handleStripeWebhook',
  at: 'POST /api/v1/billing/webhook',
  summary: 'What Stripe tells; its signature is over the bytes as they came',
  auth: anyone,
  request: { headers: z.object({ 'stripe-signature': z.string(MISSING).min(1, MISSING) }) },
  body: { kind: 'raw', maxBytes: MAX_EVENT_BYTES, mediaType: 'application/json' },
  run: ({ billing }, { headers, body, visit }) =>
    billing
      .receiveEvent({ raw: body, signature: headers['stripe-signature'], door: 'sentryagent' }, visit.at)
      .mapErr(sentAgain),
  reply: json(200, z.object({ received: z.boolean() }).meta({ id: 'StripeWebhookResponse' }), () => ({
    received: true,
  })),
  errors: {
    signature_missing: 400,
    signature_invalid: 400,
    malformed_event: 400,
    event_in_flight: 500,
    events_unavailable: 500,
  },
});
