import * as z from 'zod';
import { instant } from '../../../domain/shared/time.js';
import { Timestamp } from './schemas.js';

/** Ids of the processor's: it knows what is one. */
const ProcessorId = z.string().max(255);
const Url = z.url();
const UnixSeconds = z.int();
const Cents = z.int();

export const CheckoutSessionCreateDto = z.object({
  price_id: ProcessorId,
  success_url: Url,
  cancel_url: Url,
  mode: z.enum(['payment', 'subscription', 'setup']).default('subscription'),
});

export const CheckoutSessionDto = z
  .object({ url: Url, session_id: z.string() })
  .meta({ id: 'CheckoutSession' });

export const PortalSessionCreateDto = z.object({ return_url: Url });

export const PortalSessionDto = z.object({ url: Url }).meta({ id: 'PortalSession' });

export const ProjectSubscriptionDto = z
  .object({
    subscription_id: z.string(),
    status: z.string(),
    price_id: z.string(),
    cancel_at_period_end: z.boolean(),
    current_period_end: UnixSeconds,
    current_period_start: UnixSeconds,
  })
  .meta({ id: 'ProjectSubscription' });

export const PriceNamed = z.object({ price_id: ProcessorId });

export const ChangePlanDto = PriceNamed.extend({
  /** Additive: the `quoted_at` of a preview, whose amount is charged then. */
  quoted_at: z.iso
    .datetime({ offset: true })
    .transform((text) => instant(Date.parse(text)))
    .optional(),
});

export const PlanChangePreviewDto = z
  .object({
    amount_due_cents: Cents,
    currency: z.string(),
    period_start: UnixSeconds,
    period_end: UnixSeconds,
    lines: z.array(z.object({ description: z.string(), amount_cents: Cents, proration: z.boolean() })),
    quoted_at: Timestamp,
  })
  .meta({ id: 'PlanChangePreview' });

export const InvoiceQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(24),
  page_token: z.string().max(2_048).optional(),
});

const InvoiceDto = z
  .object({
    id: z.string(),
    number: z.string().optional(),
    status: z.string(),
    amount_due_cents: Cents,
    amount_paid_cents: Cents,
    currency: z.string(),
    created: UnixSeconds,
    period_start: UnixSeconds,
    period_end: UnixSeconds,
    hosted_invoice_url: z.string().optional(),
    invoice_pdf: z.string().optional(),
    reason: z.string(),
    billing_reason: z.string(),
  })
  .meta({ id: 'Invoice' });

export const InvoiceListDto = z
  .object({ items: z.array(InvoiceDto), has_more: z.boolean(), next_page_token: z.string().optional() })
  .meta({ id: 'InvoiceList' });

export const UpcomingInvoiceDto = z
  .object({
    amount_due_cents: Cents,
    currency: z.string(),
    period_start: UnixSeconds,
    period_end: UnixSeconds,
    next_payment_attempt: UnixSeconds,
  })
  .meta({ id: 'UpcomingInvoice' });

const PlanName = z.string().trim().min(1).max(200);
const RequiredId = ProcessorId.min(1);

export const SubscriptionPlanCreateDto = z.object({
  name: PlanName,
  stripe_product_id: RequiredId,
  monthly_price_id: RequiredId,
  yearly_price_id: RequiredId,
});

export const SubscriptionPlanUpdateDto = SubscriptionPlanCreateDto.partial();

const planFields = {
  id: z.string(),
  name: z.string(),
  stripe_product_id: z.string(),
  monthly_price_id: z.string(),
  yearly_price_id: z.string(),
  created_at: Timestamp,
  updated_at: Timestamp,
};

export const SubscriptionPlanDto = z.object(planFields).meta({ id: 'SubscriptionPlan' });

export const PlanFeatureDto = z
  .object({
    feature_id: z.string(),
    feature_name: z.string(),
    is_binary_based: z.boolean(),
    is_usage_based: z.boolean(),
    usage_unit: z.string().optional(),
    usage_limit: z.int().optional(),
    binary_value: z.int().optional(),
    highlight: z.boolean(),
  })
  .meta({ id: 'PlanFeature' });

export const PlanWithFeaturesDto = z
  .object({
    ...planFields,
    monthly_price: Cents,
    yearly_price: Cents,
    /** Additive: an ISO 4217 code in lower case. */
    currency: z.string(),
    features: z.array(PlanFeatureDto),
  })
  .meta({ id: 'PlanWithFeatures' });
