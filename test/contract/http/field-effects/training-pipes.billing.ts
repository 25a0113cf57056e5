import type { FieldEffects } from './fields.js';

const SUBSCRIBED = 'is subscribed once its payment is told of, and shows it';
const QUOTED = 'is charged for a change what its preview said, though it takes a while to decide';
const ON_SALE =
  'are put on sale by platform admins, at the amounts that the processor says then, and shown to all';
const RESOLD = 'are renamed, and sold at other prices from then on, while who is subscribed keeps theirs';
const HEARD = 'takes what the processor signed, now and as it is, and each event once';

export const billingEffects: FieldEffects = {
  createProjectCheckoutSession: {
    'header idempotency-key': SUBSCRIBED,
    'body price_id': SUBSCRIBED,
    'body success_url': SUBSCRIBED,
    'body cancel_url': SUBSCRIBED,
    'body mode': 'is granted nothing by a payment, and keeps a card without a price',
  },
  createProjectPortalSession: {
    'body return_url': 'has a portal, invoices with a reason for each, and an invoice to come',
  },
  listProjectInvoices: { 'query limit': QUOTED, 'query page_token': QUOTED },
  previewProjectPlanChange: { 'body price_id': QUOTED },
  changeProjectPlan: {
    'header idempotency-key': QUOTED,
    'body price_id': QUOTED,
    'body quoted_at': QUOTED,
  },
  handleStripeWebhook: { 'header stripe-signature': HEARD, body: HEARD },
  listPlans: { 'query page_size': ON_SALE, 'query page_token': ON_SALE },
  createSubscriptionPlan: {
    'header idempotency-key': ON_SALE,
    'body name': ON_SALE,
    'body stripe_product_id': ON_SALE,
    'body monthly_price_id': ON_SALE,
    'body yearly_price_id': ON_SALE,
  },
  updateSubscriptionPlan: {
    'body name': RESOLD,
    'body stripe_product_id': RESOLD,
    'body monthly_price_id': RESOLD,
    'body yearly_price_id': RESOLD,
  },
};
