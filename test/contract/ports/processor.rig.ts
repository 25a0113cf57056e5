import type { Result } from 'neverthrow';
import { expect } from 'vitest';
import { memoryProcessor } from '../../../src/adapters/memory/billing/processor.js';
import { fixedClock } from '../../../src/adapters/memory/shared/fixed-clock.js';
import type { Instant } from '../../../src/domain/shared/time.js';
import { instant } from '../../../src/domain/shared/time.js';
import type { Catalogue, PriceView } from '../../../src/ports/billing/catalogue.js';
import type { Checkout, CheckoutSession } from '../../../src/ports/billing/checkout.js';
import type { InvoiceViews } from '../../../src/ports/billing/invoice-views.js';
import type { Meters } from '../../../src/ports/billing/meters.js';
import type {
  MirroredSubscriptions,
  SubscriptionView,
} from '../../../src/ports/billing/mirrored-subscriptions.js';
import type { ConnectionRef } from '../../../src/ports/billing/processor.js';

export const HERE = 'platform' as ConnectionRef;
/** A seller without a key. */
export const KEYLESS = 'keyless' as ConnectionRef;
export const MONTHLY = { interval: 'month', count: 1 } as const;
export const YEARLY = { interval: 'year', count: 1 } as const;

export type Call =
  | 'ensureCustomer'
  | 'ensurePrice'
  | 'open'
  | 'get'
  | 'changePrice'
  | 'setCancelAtPeriodEnd'
  | 'changePriceAtPeriodEnd'
  | 'cancelNow'
  | 'addUsage'
  | 'refundLatest'
  | 'report';

/** What only a processor of our own lets us do. */
export type Controls = {
  /** The next such call gets no answer, before or after it was carried out; or its charge is declined. */
  readonly fail: (fault: 'before' | 'after' | 'declined', call: Call) => void;
  readonly advance: (ms: number) => Promise<void>;
  /** How many there are in the whole account. */
  readonly counts: () => Promise<{ customers: number; subscriptions: number; charges: number }>;
  /** Minor units that were paid back in the whole account. */
  readonly refunded: () => Promise<bigint>;
  /** Somebody pays on the page of a session, with a card that pays. */
  readonly pay: (session: CheckoutSession) => Promise<void>;
};

export type PriceTerms = {
  readonly amount: bigint;
  /** Once, where undefined is said. */
  readonly every?: PriceView['every'];
  readonly once?: boolean;
  readonly metered?: boolean;
};

export type ProcessorStage = {
  readonly processor: {
    readonly catalogue: Catalogue;
    readonly checkout: Checkout;
    readonly subscriptions: MirroredSubscriptions;
    readonly invoices: InvoiceViews;
    readonly meters: Meters;
  };
  readonly now: () => Instant;
  /** A name that nothing else at this processor has. */
  readonly fresh: (what: string) => string;
  readonly price: (terms: PriceTerms) => Promise<string>;
  readonly archive: (price: string) => Promise<void>;
  readonly card: (customer: string, card: 'pays' | 'declines') => Promise<void>;
  readonly subscribe: (customer: string, prices: readonly [string, ...string[]]) => Promise<string>;
  readonly controls: Controls | undefined;
  readonly close: () => Promise<void>;
};

export type OpenStage = () => Promise<ProcessorStage>;

const BEGIN = instant(Date.UTC(2026, 0, 31, 12));

/** The model, which is set up through its hooks. */
export const memoryStage: OpenStage = async () => {
  const memory = memoryProcessor({
    clock: fixedClock(BEGIN),
    sellers: () => [{ connection: HERE, secrets: ['a secret'] }],
  });
  const hooks = memory.hooks(HERE);
  let count = 0;
  return {
    processor: memory,
    now: hooks.now,
    fresh: (what) => {
      count += 1;
      return `${what}-${count}`;
    },
    price: async ({ amount, every = MONTHLY, once = false, metered = false }) =>
      hooks.addPrice({
        productId: 'prod_memory',
        active: true,
        currency: 'usd',
        amount: metered ? undefined : amount,
        every: once ? undefined : every,
        metered,
      }),
    archive: async (price) => hooks.archivePrice(price),
    card: async (customer, card) => hooks.keepCard(customer, card),
    subscribe: async (customer, prices) => hooks.subscribe(customer, prices),
    controls: {
      fail: (fault, call) => memory.faults.next(fault, { call }),
      advance: async (ms) => memory.advance(ms),
      counts: async () => hooks.counts(),
      refunded: async () => hooks.refunded(),
      pay: async ({ id }) => hooks.complete(id),
    },
    close: async () => undefined,
  };
};

/** A customer with a card that pays. */
export const payer = async (stage: ProcessorStage): Promise<string> => {
  const person = { key: stage.fresh('customer'), name: 'A customer', labels: {} };
  const id = (await stage.processor.checkout.ensureCustomer(HERE, person))._unsafeUnwrap();
  await stage.card(id, 'pays');
  return id;
};

export type Subscribed = {
  readonly customer: string;
  readonly cheap: string;
  readonly dear: string;
  readonly subscription: SubscriptionView;
};

/** A customer of a plan for 10.00 a month, with one for 30.00 to go to. */
export const subscribed = async (stage: ProcessorStage): Promise<Subscribed> => {
  const customer = await payer(stage);
  const cheap = await stage.price({ amount: 1_000n });
  const dear = await stage.price({ amount: 3_000n });
  const id = await stage.subscribe(customer, [cheap]);
  const subscription = (await stage.processor.subscriptions.get(HERE, id))._unsafeUnwrap();
  return { customer, cheap, dear, subscription };
};

/** The stage's controls, in tests that are only made where there are some. */
export const controlsOf = (stage: ProcessorStage): Controls => {
  if (stage.controls === undefined) throw new Error('this processor cannot be controlled');
  return stage.controls;
};

/** A list of somebody unknown is empty, or there is no such customer: processors differ in that, and both say enough. */
export const noneOr = <T>(answer: Result<T, { readonly kind: string }>): T | readonly [] =>
  answer.match(
    (found) => found,
    (failure) => {
      expect(failure).toEqual({ kind: 'processor_missing', what: 'customer' });
      return [];
    },
  );
