import type { Anchor } from '../../../domain/billing/calendar.js';
import type { Period } from '../../../domain/billing/period.js';
import type { Instant } from '../../../domain/shared/time.js';
import type { PriceView } from '../../../ports/billing/catalogue.js';
import type { CheckoutMode } from '../../../ports/billing/checkout.js';
import type { InvoicePreview, InvoiceView } from '../../../ports/billing/invoice-views.js';
import type { Prices, ProcessorStatus } from '../../../ports/billing/mirrored-subscriptions.js';
import type { Labels } from '../../../ports/billing/processor.js';

/** What the bank says when it is asked for money. */
export type Card = 'pays' | 'declines';

export type Customer = {
  readonly id: string;
  readonly key: string;
  readonly labels: Labels;
  card: Card | undefined;
  /** Left over from changes to something cheaper; the next invoices take it first. */
  credit: bigint;
};

export type Session = {
  readonly id: string;
  readonly customer: string;
  readonly mode: CheckoutMode;
  readonly price: string | undefined;
  readonly usage: string | undefined;
  readonly labels: Labels;
  readonly expiresAt: Instant;
  status: 'open' | 'complete' | 'expired';
};

/** `since`: when it was put there. */
export type Item = { readonly id: string; readonly price: string; readonly since: Instant };

export type Subscription = {
  readonly id: string;
  readonly customer: string;
  readonly createdAt: Instant;
  readonly labels: Labels;
  status: ProcessorStatus;
  cancelAtPeriodEnd: boolean;
  base: Item;
  /** Paid by what was used, in arrear. */
  metered: readonly Item[];
  anchor: Anchor;
  period: Period;
  /** The prices from the next period on. */
  planned: Prices | undefined;
  endedAt: Instant | undefined;
  /** When what was used before the end is charged: late enough for the last of it to have been told. */
  lastInvoiceAt: Instant | undefined;
};

export type Line = InvoicePreview['lines'][number] & { readonly usage: boolean };

export type Invoice = InvoiceView & {
  readonly customer: string;
  readonly subscription: string;
  readonly lines: readonly Line[];
};

export type Usage = { readonly customer: string; readonly cents: bigint; readonly usedAt: Instant };

/** Something changed: all that an event of ours says. */
export type Emitted = {
  readonly id: string;
  readonly type: string;
  readonly at: Instant;
  readonly customer: string;
  readonly subscriptionId?: string | undefined;
  readonly checkoutSessionId?: string | undefined;
};

/** One seller's account. Maps keep the order in which things were made. */
export type World = {
  readonly now: () => Instant;
  readonly id: (prefix: string) => string;
  readonly prices: Map<string, PriceView>;
  /** By lookup key. */
  readonly lookups: Map<string, string>;
  readonly customers: Map<string, Customer>;
  readonly sessions: Map<string, Session>;
  readonly subscriptions: Map<string, Subscription>;
  readonly invoices: Map<string, Invoice>;
  /** What was paid back, by invoice. */
  readonly refunds: Map<string, bigint>;
  /** By key. */
  readonly usage: Map<string, Usage>;
  readonly emitted: Emitted[];
  /** First answers to keys, with what was asked. */
  readonly answers: Map<string, { readonly asked: string; readonly answer: unknown }>;
  /** A fault: whatever is charged during this call is declined. */
  bankSaysNo: boolean;
};
