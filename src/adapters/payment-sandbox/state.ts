import type {
  AnswerRecord,
  CardRecord,
  CustomerRecord,
  EventRecord,
  InvoiceRecord,
  PortalRecord,
  PriceRecord,
  ProductRecord,
  ScheduleRecord,
  SessionRecord,
  SubscriptionRecord,
} from './records.js';
import type { RefundRecord } from './refund-record.js';
import type { MeterEventRecord, MeterRecord } from './usage-records.js';

/** Everything that the sandbox knows. Plain data: what is written to the file is this and nothing else. */
export type State = {
  readonly products: Record<string, ProductRecord>;
  readonly prices: Record<string, PriceRecord>;
  readonly customers: Record<string, CustomerRecord>;
  readonly cards: Record<string, CardRecord>;
  readonly sessions: Record<string, SessionRecord>;
  readonly portals: Record<string, PortalRecord>;
  readonly subscriptions: Record<string, SubscriptionRecord>;
  readonly schedules: Record<string, ScheduleRecord>;
  readonly invoices: Record<string, InvoiceRecord>;
  readonly refunds: Record<string, RefundRecord>;
  readonly meters: Record<string, MeterRecord>;
  /** By event name and identifier. */
  readonly usage: Record<string, MeterEventRecord>;
  readonly events: Record<string, EventRecord>;
  /** Deliveries that have not succeeded yet: how often each event was tried. */
  readonly undelivered: Record<string, number>;
  readonly answers: Record<string, AnswerRecord>;
  /** How far the test clock is ahead of the clock, in milliseconds. */
  ahead: number;
  /** Up to when everything that was due has been done. */
  caughtUp: number;
};

export const emptyState = (): State => ({
  products: {},
  prices: {},
  customers: {},
  cards: {},
  sessions: {},
  portals: {},
  subscriptions: {},
  schedules: {},
  invoices: {},
  refunds: {},
  meters: {},
  usage: {},
  events: {},
  undelivered: {},
  answers: {},
  ahead: 0,
  caughtUp: 0,
});

const MOST_RECORDS = 20_000;
const MOST_EVENTS = 5_000;
const DAY = 86_400;

/** No more of a kind than this: a demo that is hammered says so instead of eating the memory. */
export const isFull = (state: State): boolean =>
  [state.customers, state.sessions, state.portals, state.subscriptions, state.invoices, state.usage].some(
    (records) => Object.keys(records).length >= MOST_RECORDS,
  ) ||
  [state.products, state.prices, state.cards, state.schedules, state.meters].some(
    (records) => Object.keys(records).length >= MOST_RECORDS,
  );

/** Forgets what Stripe would have forgotten too: answers after a day, the oldest events. */
export const forget = (state: State, now: number): void => {
  for (const [key, answer] of Object.entries(state.answers)) {
    if (answer.at <= now - DAY) delete state.answers[key];
  }
  const events = Object.keys(state.events);
  for (const id of events.slice(0, Math.max(0, events.length - MOST_EVENTS))) {
    delete state.events[id];
    delete state.undelivered[id];
  }
};
