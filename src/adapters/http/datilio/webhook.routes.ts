import * as z from 'zod';
import { json } from '../kit/reply.js';
import { route } from './contract.js';
import { anyone } from './guards.js';

const MAX_BYTES = 1024 * 1024;

export const stripeWebhook = route({
  operationId: 'stripeWebhook',
  at: 'POST /api/stripe/webhook',
  summary: 'What the payment processor has to tell; its signature says that it is who speaks',
  auth: anyone,
  request: { headers: z.object({ 'stripe-signature': z.string().optional() }) },
  body: { kind: 'raw', maxBytes: MAX_BYTES, mediaType: 'application/json' },
  run: ({ billing }, { body, headers, visit }) =>
    billing.receiveEvent({ raw: body, signature: headers['stripe-signature'], door: 'datilio' }, visit.at),
  reply: json(200, z.object({ status: z.string() }), () => ({ status: 'received' })),
  errors: { signature_missing: 400, signature_invalid: 400, malformed_event: 400, event_in_flight: 503 },
});
