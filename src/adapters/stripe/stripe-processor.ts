import type { Catalogue } from '../../ports/billing/catalogue.js';
import type { Checkout } from '../../ports/billing/checkout.js';
import type { InvoiceViews } from '../../ports/billing/invoice-views.js';
import type { Meters } from '../../ports/billing/meters.js';
import type { MirroredSubscriptions } from '../../ports/billing/mirrored-subscriptions.js';
import type { ProcessorEvents } from '../../ports/billing/processor-events.js';
import { stripeCatalogue } from './catalogue.js';
import { stripeCheckout } from './checkout.js';
import { type StripeOptions, stripeCalls } from './client.js';
import { stripeInvoices } from './invoice-views.js';
import { stripeMeters } from './meters.js';
import { stripeSubscriptions } from './mirrored-subscriptions.js';
import { stripeEvents, type WebhookSecrets } from './processor-events.js';

/** All that is asked of a processor. */
export type StripeProcessor = {
  readonly catalogue: Catalogue;
  readonly checkout: Checkout;
  readonly subscriptions: MirroredSubscriptions;
  readonly invoices: InvoiceViews;
  readonly meters: Meters;
  readonly events: ProcessorEvents;
};

/** Stripe, or what speaks like it on this machine. */
export const stripeProcessor = (
  options: StripeOptions & { readonly webhooks: () => readonly WebhookSecrets[] },
): StripeProcessor => {
  const calls = stripeCalls(options);
  return {
    catalogue: stripeCatalogue(calls),
    checkout: stripeCheckout(calls),
    subscriptions: stripeSubscriptions(calls),
    invoices: stripeInvoices(calls),
    meters: stripeMeters(calls),
    events: stripeEvents(options.webhooks),
  };
};
