/** Why an invoice was made, as Training Pipes tells it. */
export const INVOICE_REASONS = [
  'subscription_create',
  'subscription_update',
  'subscription_cycle',
  'subscription_usage',
  'manual',
] as const;
export type InvoiceReason = (typeof INVOICE_REASONS)[number];

const BY_PROCESSOR: Readonly<Record<string, InvoiceReason>> = {
  subscription_create: 'subscription_create',
  subscription_update: 'subscription_update',
  subscription_cycle: 'subscription_cycle',
};

/** A renewal that also charges for what was used is told by the usage; what began or changed a subscription, by that. */
export const invoiceReason = (invoice: {
  readonly billingReason: string;
  readonly hasUsageLines: boolean;
}): InvoiceReason => {
  const reason = BY_PROCESSOR[invoice.billingReason] ?? 'manual';
  return reason === 'subscription_cycle' && invoice.hasUsageLines ? 'subscription_usage' : reason;
};
