import type Stripe from 'stripe';
import type { CardRecord, CustomerRecord, PortalRecord } from '../records.js';
import type { Wire } from './wire.js';

/** A customer in Stripe's form. */
export const customerWire = (customer: CustomerRecord) =>
  ({
    id: customer.id,
    object: 'customer',
    address: null,
    balance: customer.balance,
    created: customer.created,
    currency: null,
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: null,
    discount: null,
    email: customer.email,
    invoice_prefix: customer.invoicePrefix,
    invoice_settings: {
      custom_fields: null,
      default_payment_method: customer.defaultPaymentMethod,
      footer: null,
      rendering_options: null,
    },
    livemode: false,
    metadata: customer.metadata,
    name: customer.name,
    next_invoice_sequence: customer.invoices + 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
  }) satisfies Wire<Stripe.Customer>;

/** A kept card in Stripe's form. */
export const cardWire = (card: CardRecord) =>
  ({
    id: card.id,
    object: 'payment_method',
    allow_redisplay: 'always',
    billing_details: { address: null, email: null, name: null, phone: null, tax_id: null },
    card: {
      brand: card.brand,
      checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
      country: 'US',
      display_brand: card.brand,
      exp_month: card.expMonth,
      exp_year: card.expYear,
      fingerprint: `sandbox${card.last4}`,
      funding: 'credit',
      generated_from: null,
      last4: card.last4,
      networks: { available: [card.brand], preferred: null },
      regulated_status: 'unregulated',
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
    created: card.created,
    customer: card.customer,
    customer_account: null,
    livemode: false,
    metadata: {},
    type: 'card',
  }) satisfies Wire<Stripe.PaymentMethod>;

/** A session of the customer portal in Stripe's form. */
export const portalWire = (portal: PortalRecord, base: string) =>
  ({
    id: portal.id,
    object: 'billing_portal.session',
    configuration: 'bpc_sandbox',
    created: portal.created,
    customer: portal.customer,
    customer_account: null,
    flow: null,
    livemode: false,
    locale: null,
    on_behalf_of: null,
    return_url: portal.returnUrl,
    url: `${base}/p/session/${portal.secret}`,
  }) satisfies Wire<Stripe.BillingPortal.Session>;
