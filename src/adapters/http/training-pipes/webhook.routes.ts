import * as z from 'zod';
import { empty } from '../kit/reply.js';
import { route } from './contract.js';
import { anyone } from './guards.js';

const WEBHOOK_BYTES = 1024 * 1024;

export const handleStripeWebhook = route({
  operationId: 'handleStripeWebhook',
  at: 'POST /v1/webhooks/stripe',
  summary: 'What the payment processor has to tell; it proves by its signature that it is who speaks',
  auth: anyone,
  request: { headers: z.object({ 'stripe-signature': z.string().optional() }) },
  body: { kind: 'raw', maxBytes: WEBHOOK_BYTES, mediaType: 'application/json' },
  run: ({ billing }, { body, headers, visit }) =>
    billing.receiveEvent(
      { raw: body, signature: headers['stripe-signature'], door: 'training-pipes' },
      visit.at,
    ),
  reply: empty(200),
  errors: { signature_missing: 400, signature_invalid: 400, malformed_event: 400, event_in_flight: 503 },
});
