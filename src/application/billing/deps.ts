import type { Price } from '../../domain/billing/price.js';
import type { Catalogue } from '../../ports/billing/catalogue.js';
import type { Checkout } from '../../ports/billing/checkout.js';
import type { InboundEvents } from '../../ports/billing/inbound-events.js';
import type { InvoiceViews } from '../../ports/billing/invoice-views.js';
import type { Meters } from '../../ports/billing/meters.js';
import type { MirroredSubscriptions } from '../../ports/billing/mirrored-subscriptions.js';
import type { PriceBook } from '../../ports/billing/price-book.js';
import type { ProcessorEvents } from '../../ports/billing/processor-events.js';
import type { BillingReaders, BillingUnitOfWork } from '../../ports/billing/unit-of-work.js';
import type { UsageReaders } from '../../ports/billing/usage-readers.js';
import type { Clock } from '../../ports/shared/clock.js';
import type { Ids } from '../../ports/shared/ids.js';

export type BillingSettings = {
  /** Of a gigabyte for a day. */
  readonly storage: Price;
  /** Hosts that a payer may be sent back to, in lower case; undefined: any. */
  readonly redirectHosts?: readonly string[] | undefined;
  /** Where this deployment is found from outside. */
  readonly publishedBaseUrl: string;
  /** The processor’s price that an upgrade buys; undefined: the cheapest monthly one on sale. */
  readonly upgradePriceId?: string | undefined;
};

/** Who takes the money, one port for each need. */
export type Processor = {
  readonly catalogue: Catalogue;
  readonly checkout: Checkout;
  readonly subscriptions: MirroredSubscriptions;
  readonly invoices: InvoiceViews;
  readonly meters: Meters;
  readonly events: ProcessorEvents;
};

/** What the use cases of billing ask of the world. */
export type BillingDeps = {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly priceBook: PriceBook;
  readonly usage: UsageReaders;
  readonly billing: BillingUnitOfWork;
  readonly readers: BillingReaders;
  readonly inbound: InboundEvents;
  readonly processor: Processor;
  readonly settings: BillingSettings;
};
