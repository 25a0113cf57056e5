import type { Kept } from './records.js';

/** What was paid for an invoice, paid back. */
export type RefundRecord = Kept & {
  readonly invoice: string;
  readonly amount: number;
  readonly currency: string;
  readonly reason: 'duplicate' | 'fraudulent' | 'requested_by_customer' | null;
};
