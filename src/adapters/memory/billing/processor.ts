import { type Instant, plus } from '../../../domain/shared/time.js';
import type { Catalogue, PriceView } from '../../../ports/billing/catalogue.js';
import type { Checkout } from '../../../ports/billing/checkout.js';
import type { InvoiceViews } from '../../../ports/billing/invoice-views.js';
import type { Meters } from '../../../ports/billing/meters.js';
import type { MirroredSubscriptions } from '../../../ports/billing/mirrored-subscriptions.js';
import type { ConnectionRef, Labels } from '../../../ports/billing/processor.js';
import type { ProcessorEvents } from '../../../ports/billing/processor-events.js';
import type { Clock } from '../../../ports/shared/clock.js';
import { memoryCatalogue, memoryCheckout } from './processor-checkout.js';
import { type Delivery, delivery, memoryEvents } from './processor-events.js';
import { memoryInvoices, memoryMeters } from './processor-invoices.js';
import { known } from './processor-invoicing.js';
import { beside } from './processor-items.js';
import { catchUp, start } from './processor-lifecycle.js';
import type { Card, Emitted, World } from './processor-records.js';
import { memorySubscriptions } from './processor-subscriptions.js';
import { emit, newWorld, type ProcessorFaults, plannedFaults, processorCalls } from './processor-world.js';

type Seller = { readonly connection: ConnectionRef; readonly secrets: readonly string[] };

/** What a person, a bank or time does at a processor, for one seller. */
export type ProcessorHooks = {
  readonly now: () => Instant;
  readonly addPrice: (price: Omit<PriceView, 'id'>) => string;
  readonly archivePrice: (id: string) => void;
  readonly keepCard: (customer: string, card: Card) => void;
  /** Without a page; the first price is the plan, further ones are by usage. */
  readonly subscribe: (customer: string, prices: readonly [string, ...string[]], labels?: Labels) => string;
  /** Somebody pays on the page of a session, with a card that pays. */
  readonly complete: (sessionId: string) => void;
  /** Events that were not taken yet, oldest first; taking them is up to whoever delivers, loses or repeats them. */
  readonly takeEvents: () => readonly Emitted[];
  /** An event as it would be sent now. */
  readonly delivery: (event: Emitted) => Delivery;
  readonly counts: () => {
    readonly customers: number;
    readonly subscriptions: number;
    readonly charges: number;
  };
  /** Minor units that were paid back. */
  readonly refunded: () => bigint;
};

export type MemoryProcessor = {
  readonly catalogue: Catalogue;
  readonly checkout: Checkout;
  readonly subscriptions: MirroredSubscriptions;
  readonly invoices: InvoiceViews;
  readonly meters: Meters;
  readonly events: ProcessorEvents;
  readonly faults: ProcessorFaults;
  /** Moves the processor's own time on and does what has become due. */
  readonly advance: (ms: number) => void;
  readonly hooks: (at: ConnectionRef) => ProcessorHooks;
};

const complete = (world: World, id: string): void => {
  const session = known(world.sessions, id);
  if (session.status !== 'open') throw new Error(`session ${id} is ${session.status}`);
  session.status = 'complete';
  known(world.customers, session.customer).card = 'pays';
  const { customer, price, usage, labels, mode } = session;
  const metered = usage === undefined ? [] : [usage];
  const made =
    mode === 'subscription' && price !== undefined
      ? start(world, { customer, price, metered, labels })
      : undefined;
  emit(world, {
    type: 'checkout.session.completed',
    customer,
    checkoutSessionId: id,
    subscriptionId: made?.id,
  });
};

const hooksOf = (world: World, secret: () => string): ProcessorHooks => ({
  now: world.now,
  addPrice: (price) => {
    const id = world.id('price');
    world.prices.set(id, { ...price, id });
    return id;
  },
  archivePrice: (id) => {
    world.prices.set(id, { ...known(world.prices, id), active: false });
  },
  keepCard: (customer, card) => {
    known(world.customers, customer).card = card;
  },
  subscribe: (customer, [price, ...metered], labels = {}) => {
    const plan = known(world.prices, price);
    const unfit = metered.map((id) => beside(world, plan, id)).find((found) => found.isErr());
    if (unfit) throw new Error(`${metered.join()} cannot be paid beside ${price}`);
    return start(world, { customer, price, metered, labels }).id;
  },
  complete: (id) => complete(world, id),
  takeEvents: () => world.emitted.splice(0),
  delivery: (event) => delivery(event, world.now(), secret()),
  counts: () => ({
    customers: world.customers.size,
    subscriptions: world.subscriptions.size,
    charges: [...world.invoices.values()].filter(({ amountPaid }) => amountPaid > 0n).length,
  }),
  refunded: () => [...world.refunds.values()].reduce((sum, amount) => sum + amount, 0n),
});

/** A small model of a payment processor: each seller's account, its time, and what can go wrong on the way. */
export const memoryProcessor = ({
  clock,
  sellers,
}: {
  readonly clock: Clock;
  readonly sellers: () => readonly Seller[];
}): MemoryProcessor => {
  const worlds = new Map<ConnectionRef, World>();
  const faults = plannedFaults();
  let ahead = 0;
  const worldOf = (at: ConnectionRef): World | undefined => {
    if (!sellers().some(({ connection }) => connection === at)) return undefined;
    const world = worlds.get(at) ?? newWorld(() => plus(clock.now(), ahead));
    worlds.set(at, world);
    catchUp(world);
    return world;
  };
  const accountOf = (at: ConnectionRef): World => {
    const world = worldOf(at);
    if (world === undefined) throw new Error(`${at} is no seller`);
    return world;
  };
  const calls = processorCalls(worldOf, faults.take);
  return {
    catalogue: memoryCatalogue(calls),
    checkout: memoryCheckout(calls),
    subscriptions: memorySubscriptions(calls),
    invoices: memoryInvoices(calls),
    meters: memoryMeters(calls),
    events: memoryEvents(sellers),
    faults: { next: faults.next, clear: faults.clear },
    advance: (ms) => {
      ahead += ms;
      for (const world of worlds.values()) catchUp(world);
    },
    hooks: (at) =>
      hooksOf(accountOf(at), () => sellers().find(({ connection }) => connection === at)?.secrets[0] ?? ''),
  };
};
