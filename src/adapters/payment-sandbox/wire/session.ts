import type Stripe from 'stripe';
import { known } from '../lookup.js';
import type { SessionRecord } from '../records.js';
import type { State } from '../state.js';
import type { Wire } from './wire.js';

/** What a session charges now: metered lines cost nothing before they are used. */
export const sessionAmount = (state: State, session: SessionRecord): number =>
  session.lines.reduce(
    (sum, { price, quantity }) => sum + known(state.prices, price).unitAmount * (quantity ?? 0),
    0,
  );

const customerDetails = (state: State, id: string) => {
  const customer = known(state.customers, id);
  return {
    address: null,
    business_name: null,
    email: customer.email,
    individual_name: customer.name,
    name: customer.name,
    phone: null,
    tax_exempt: 'none',
    tax_ids: [],
  } satisfies Wire<Stripe.Checkout.Session.CustomerDetails>;
};

/** Of what the sandbox knows nothing: taxes, shipping, discounts, the forms that are not hosted. */
const unused = {
  adaptive_pricing: null,
  after_expiration: null,
  allow_promotion_codes: null,
  allowed_payment_method_types: null,
  billing_address_collection: null,
  collected_information: null,
  consent: null,
  consent_collection: null,
  currency_conversion: null,
  custom_fields: [],
  integration_identifier: null,
  invoice_creation: null,
  locale: null,
  managed_payments: { enabled: false },
  origin_context: null,
  payment_link: null,
  permissions: null,
  recovered_from: null,
  saved_payment_method_options: null,
  shipping_address_collection: null,
  shipping_cost: null,
  shipping_options: [],
  submit_type: null,
  wallet_options: null,
} satisfies Partial<Wire<Stripe.Checkout.Session>>;

/** A checkout session in Stripe's form. Its page is there as long as it is open. */
export const sessionWire = (state: State, session: SessionRecord, base: string) => {
  const amount = session.mode === 'setup' ? null : sessionAmount(state, session);
  return {
    ...unused,
    id: session.id,
    object: 'checkout.session',
    amount_subtotal: amount,
    amount_total: amount,
    automatic_tax: { enabled: false, liability: null, provider: null, status: null },
    cancel_url: session.cancelUrl,
    client_reference_id: session.clientReferenceId,
    client_secret: null,
    created: session.created,
    currency: session.currency,
    custom_text: {
      after_submit: null,
      shipping_address: null,
      submit: null,
      terms_of_service_acceptance: null,
    },
    customer: session.customer,
    customer_account: null,
    customer_creation: null,
    customer_details: customerDetails(state, session.customer),
    customer_email: null,
    discounts: [],
    expires_at: session.expiresAt,
    invoice: session.invoice,
    livemode: false,
    metadata: session.metadata,
    mode: session.mode,
    payment_intent: session.paymentIntent,
    payment_method_collection: 'always',
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: ['card'],
    payment_status: session.paymentStatus,
    setup_intent: session.setupIntent,
    status: session.status,
    subscription: session.subscription,
    success_url: session.successUrl,
    total_details: amount === null ? null : { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
    ui_mode: 'hosted_page',
    url: session.status === 'open' ? `${base}/c/pay/${session.secret}` : null,
  } satisfies Wire<Stripe.Checkout.Session>;
};
