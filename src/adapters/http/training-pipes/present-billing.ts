import type * as z from 'zod';
import type { Invoice } from '../../../application/billing/invoices.js';
import type { Interval } from '../../../domain/billing/calendar.js';
import type { Period } from '../../../domain/billing/period.js';
import type { Plan, PlanPrice } from '../../../domain/billing/plan.js';
import type { Subscription } from '../../../domain/billing/subscription.js';
import { type Instant, iso, SECOND } from '../../../domain/shared/time.js';
import type { InvoicePreview } from '../../../ports/billing/invoice-views.js';
import type { TokenPage } from '../kit/page.js';
import type {
  InvoiceListDto,
  PlanChangePreviewDto,
  PlanWithFeaturesDto,
  ProjectSubscriptionDto,
  SubscriptionPlanDto,
  UpcomingInvoiceDto,
} from './billing-schemas.js';
import { type Included, presentIncluded } from './present-entitlements.js';

const unix = (at: Instant): number => Math.floor(at / SECOND);

const unixPeriod = ({ start, end }: Period) => ({ period_start: unix(start), period_end: unix(end) });

/** One that the processor knows nothing of goes by our own id and words. */
export const presentSubscription = (
  subscription: Subscription | undefined,
): z.input<typeof ProjectSubscriptionDto> => ({
  subscription_id: subscription?.processor?.id ?? subscription?.id ?? '',
  status: subscription?.processor?.status ?? subscription?.status ?? '',
  price_id: subscription?.processor?.priceId ?? subscription?.priceId ?? '',
  cancel_at_period_end: subscription?.cancelAtPeriodEnd ?? false,
  current_period_end: subscription ? unix(subscription.period.end) : 0,
  current_period_start: subscription ? unix(subscription.period.start) : 0,
});

const presentInvoice = (invoice: Invoice) => ({
  id: invoice.id,
  number: invoice.number,
  status: invoice.status,
  amount_due_cents: Number(invoice.amountDue),
  amount_paid_cents: Number(invoice.amountPaid),
  currency: invoice.currency,
  created: unix(invoice.createdAt),
  ...unixPeriod(invoice.period),
  hosted_invoice_url: invoice.hostedUrl,
  invoice_pdf: invoice.pdf,
  reason: invoice.reason,
  billing_reason: invoice.billingReason,
});

/** `has_more` is what the contract says, the token how to get there. */
export const presentInvoices = ({ items, ...next }: TokenPage<Invoice>): z.input<typeof InvoiceListDto> => ({
  items: items.map(presentInvoice),
  has_more: next.next_page_token !== undefined,
  ...next,
});

const due = ({ amountDue, currency, period }: InvoicePreview) => ({
  amount_due_cents: Number(amountDue),
  currency,
  ...unixPeriod(period),
});

export const presentUpcoming = (preview: InvoicePreview): z.input<typeof UpcomingInvoiceDto> => ({
  ...due(preview),
  next_payment_attempt: preview.nextAttempt === undefined ? 0 : unix(preview.nextAttempt),
});

/** A preview with the moment that it was made for. */
export type Quote = { readonly preview: InvoicePreview; readonly at: Instant };

export const presentQuote = ({ preview, at }: Quote): z.input<typeof PlanChangePreviewDto> => ({
  ...due(preview),
  lines: preview.lines.map(({ description, amount, proration }) => ({
    description,
    amount_cents: Number(amount),
    proration,
  })),
  quoted_at: iso(at),
});

const priceEvery = ({ prices }: Plan, interval: Interval): PlanPrice | undefined =>
  prices.find(({ active, every }) => active && every.interval === interval && every.count === 1);

const centsOf = (price: PlanPrice | undefined): number => Number(price?.cost.amount ?? 0n);

export const presentPlan = (plan: Plan): z.input<typeof SubscriptionPlanDto> => ({
  id: plan.id,
  name: plan.name,
  stripe_product_id: plan.productId ?? '',
  monthly_price_id: priceEvery(plan, 'month')?.processorId ?? '',
  yearly_price_id: priceEvery(plan, 'year')?.processorId ?? '',
  created_at: iso(plan.createdAt),
  updated_at: iso(plan.updatedAt),
});

/** A plan with the features in it. */
export type Offer = { readonly plan: Plan; readonly included: readonly Included[] };

const presentOffer = ({ plan, included }: Offer): z.input<typeof PlanWithFeaturesDto> => {
  const [monthly, yearly] = [priceEvery(plan, 'month'), priceEvery(plan, 'year')];
  return {
    ...presentPlan(plan),
    monthly_price: centsOf(monthly),
    yearly_price: centsOf(yearly),
    currency: (monthly ?? yearly)?.cost.currency ?? '',
    features: included.map(presentIncluded),
  };
};

export const presentOffers = (page: TokenPage<Offer>) => ({ ...page, items: page.items.map(presentOffer) });
