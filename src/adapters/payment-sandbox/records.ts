/** Metadata as Stripe keeps it. */
export type Labels = Readonly<Record<string, string>>;
/** Seconds since the Unix epoch, as everywhere in Stripe. */
export type Seconds = number;

/** What every record has. */
export type Kept = { readonly id: string; readonly created: Seconds };

export type ProductRecord = Kept & {
  name: string;
  active: boolean;
  description: string | null;
  metadata: Labels;
};

export type Interval = 'day' | 'week' | 'month' | 'year';
export type Cycle = { readonly interval: Interval; readonly count: number };

export type PriceRecord = Kept & {
  readonly product: string;
  readonly currency: string;
  /** Minor units of one piece. */
  readonly unitAmount: number;
  /** Null: paid once. */
  readonly cycle: Cycle | null;
  /** Of a price by usage: the meter whose events are its quantity. */
  readonly meter: string | null;
  active: boolean;
  lookupKey: string | null;
  nickname: string | null;
  metadata: Labels;
};

export type CustomerRecord = Kept & {
  email: string | null;
  name: string | null;
  metadata: Labels;
  defaultPaymentMethod: string | null;
  /** Below zero: credit that the next invoices take first. */
  balance: number;
  invoices: number;
  readonly invoicePrefix: string;
};

/** What the bank says: to the card being kept, and to a charge. */
export type CardBehaviour = 'pays' | 'declined' | 'insufficient_funds' | 'fails_when_charged';

export type CardRecord = Kept & {
  readonly customer: string;
  readonly brand: string;
  readonly last4: string;
  readonly expMonth: number;
  readonly expYear: number;
  readonly behaviour: CardBehaviour;
};

export type SessionRecord = Kept & {
  readonly expiresAt: Seconds;
  readonly mode: 'payment' | 'subscription' | 'setup';
  readonly customer: string;
  readonly lines: readonly { readonly price: string; readonly quantity: number | null }[];
  readonly currency: string | null;
  readonly successUrl: string;
  readonly cancelUrl: string | null;
  readonly metadata: Labels;
  readonly subscriptionMetadata: Labels;
  readonly clientReferenceId: string | null;
  /** Whoever has it may see the page. */
  readonly secret: string;
  status: 'open' | 'complete' | 'expired';
  paymentStatus: 'unpaid' | 'paid' | 'no_payment_required';
  subscription: string | null;
  invoice: string | null;
  paymentIntent: string | null;
  setupIntent: string | null;
};

export type PortalRecord = Kept & {
  readonly customer: string;
  readonly returnUrl: string | null;
  readonly secret: string;
};

export type ItemRecord = Kept & {
  readonly price: string;
  /** Null where the quantity is what a meter has counted. */
  readonly quantity: number | null;
  /** Of one at a meter's price that had another before: what was counted until then is billed. */
  readonly since?: Seconds;
  readonly metadata: Labels;
};

export type Span = { readonly start: Seconds; readonly end: Seconds };

export type SubscriptionStatus = 'incomplete' | 'incomplete_expired' | 'active' | 'past_due' | 'canceled';

export type SubscriptionRecord = Kept & {
  readonly customer: string;
  readonly currency: string;
  status: SubscriptionStatus;
  /** Periods are counted from here, so that the 31st comes back after February. */
  anchor: Seconds;
  period: Span;
  items: readonly ItemRecord[];
  cancelAtPeriodEnd: boolean;
  /** A moment that was named instead: the portal's way. */
  cancelAt?: Seconds | null;
  canceledAt: Seconds | null;
  endedAt: Seconds | null;
  cancelReason: 'cancellation_requested' | 'payment_failed' | null;
  metadata: Labels;
  defaultPaymentMethod: string | null;
  latestInvoice: string | null;
  /** Of one that has ended: when what was used before is billed; until then usage may be told of. */
  lastInvoiceAt?: Seconds | null;
  schedule: string | null;
  /** Prorations that wait for the next invoice. */
  pending: readonly LineRecord[];
};

export type LineRecord = {
  readonly id: string;
  readonly amount: number;
  readonly description: string;
  readonly period: Span;
  readonly price: string;
  readonly quantity: number;
  readonly proration: boolean;
  readonly item: string;
};

export type InvoiceReason = 'subscription_create' | 'subscription_cycle' | 'subscription_update';

export type InvoiceRecord = Kept & {
  readonly number: string;
  readonly customer: string;
  readonly subscription: string;
  readonly subscriptionMetadata: Labels;
  readonly currency: string;
  readonly reason: InvoiceReason;
  readonly period: Span;
  readonly lines: readonly LineRecord[];
  readonly startingBalance: number;
  readonly endingBalance: number;
  readonly amountDue: number;
  readonly secret: string;
  status: 'open' | 'paid' | 'void' | 'uncollectible';
  attempts: number;
  nextAttempt: Seconds | null;
  paidAt: Seconds | null;
  voidedAt: Seconds | null;
};

export type PhaseRecord = Span & {
  readonly items: readonly { readonly price: string; readonly quantity: number | null }[];
  readonly proration: 'none' | 'create_prorations' | 'always_invoice';
  readonly metadata: Labels;
};

export type ScheduleRecord = Kept & {
  readonly customer: string;
  readonly subscription: string;
  readonly currency: string;
  status: 'active' | 'released' | 'completed' | 'canceled';
  phases: readonly PhaseRecord[];
  endBehavior: 'release' | 'cancel';
  metadata: Labels;
  releasedAt: Seconds | null;
  completedAt: Seconds | null;
  canceledAt: Seconds | null;
};

export type EventRecord = Kept & {
  readonly type: string;
  /** The object as it was then, as it goes over the wire. */
  readonly object: object;
  readonly previous: object | null;
  /** Of the call that caused it; null for what time or a page has done. */
  readonly request: { readonly id: string; readonly key: string | null } | null;
};

/** The first answer to an idempotency key. */
export type AnswerRecord = {
  readonly fingerprint: string;
  readonly status: number;
  readonly body: string;
  readonly at: Seconds;
};
