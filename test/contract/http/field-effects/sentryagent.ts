import type { FieldEffects } from './fields.js';

const LED = 'leads back only where the redirect rule allows it, and names the field by its own name';
const ISSUED = 'gets a token for an hour, for its organization and its scopes';

export const sentryAgentEffects: FieldEffects = {
  createBillingCheckoutSession: {
    'header idempotency-key': 'happens once for an Idempotency-Key',
    'body successUrl': LED,
    'body cancelUrl': LED,
  },
  handleStripeWebhook: {
    'header stripe-signature': 'is refused when signature and bytes do not belong together',
    body: 'takes effect through this door as through the other, however often it comes',
  },
  issueToken: {
    'body grant_type': 'is refused by the name that OAuth has for what is wrong with it',
    'body scope': 'may ask for less than it was given, never for more',
    'body client_id': ISSUED,
    'body client_secret': 'is told in one answer that it is unknown, revoked or has the wrong secret',
  },
};
