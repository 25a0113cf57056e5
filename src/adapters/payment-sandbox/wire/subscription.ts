import type Stripe from 'stripe';
import { known } from '../lookup.js';
import type { ItemRecord, PhaseRecord, ScheduleRecord, SubscriptionRecord } from '../records.js';
import type { State } from '../state.js';
import { planWire, priceWire } from './catalogue.js';
import type { Wire } from './wire.js';

/** Where the SDK finds the rest of a list that stands inside another object. */
export const listWire = <T>(data: T[], url: string, more = false) => ({
  object: 'list' as const,
  data,
  has_more: more,
  url,
});

const itemWire = (state: State, subscription: SubscriptionRecord, item: ItemRecord) => {
  const price = known(state.prices, item.price);
  return {
    id: item.id,
    object: 'subscription_item',
    billing_thresholds: null,
    created: item.created,
    current_period_end: subscription.period.end,
    current_period_start: subscription.period.start,
    current_trial: null,
    discounts: [],
    metadata: item.metadata,
    plan: planWire(price),
    price: priceWire(price),
    ...(item.quantity !== null && { quantity: item.quantity }),
    subscription: subscription.id,
    tax_rates: [],
  } satisfies Wire<Stripe.SubscriptionItem>;
};

/** Of what the sandbox knows nothing: taxes, discounts, Connect, trials. */
const unused = {
  application: null,
  application_fee_percent: null,
  automatic_tax: { disabled_reason: null, enabled: false, liability: null },
  invoice_settings: {
    account_tax_ids: null,
    custom_fields: null,
    description: null,
    footer: null,
    issuer: { type: 'self' },
  },
  payment_settings: {
    payment_method_options: null,
    payment_method_types: null,
    save_default_payment_method: 'off',
  },
} satisfies Partial<Wire<Stripe.Subscription>>;

/** When it ends, if it does: with the period, or at a moment that was named. */
export const endsAt = ({ cancelAtPeriodEnd, cancelAt = null, period }: SubscriptionRecord): number | null =>
  cancelAtPeriodEnd ? period.end : cancelAt;

/** A subscription in Stripe's form; its periods are on its items. */
export const subscriptionWire = (state: State, subscription: SubscriptionRecord) =>
  ({
    ...unused,
    id: subscription.id,
    object: 'subscription',
    billing_cycle_anchor: subscription.anchor,
    billing_cycle_anchor_config: null,
    billing_mode: { flexible: { proration_discounts: 'included' }, type: 'flexible' },
    billing_schedules: [],
    billing_thresholds: null,
    cancel_at: endsAt(subscription),
    cancel_at_period_end: subscription.cancelAtPeriodEnd,
    canceled_at: subscription.canceledAt,
    cancellation_details: {
      comment: null,
      feedback: null,
      feedback_option: null,
      reason: subscription.cancelReason,
    },
    collection_method: 'charge_automatically',
    created: subscription.created,
    currency: subscription.currency,
    customer: subscription.customer,
    customer_account: null,
    days_until_due: null,
    default_payment_method: subscription.defaultPaymentMethod,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    ended_at: subscription.endedAt,
    items: listWire(
      subscription.items.map((item) => itemWire(state, subscription, item)),
      `/v1/subscription_items?subscription=${subscription.id}`,
    ),
    latest_invoice: subscription.latestInvoice,
    livemode: false,
    managed_payments: { enabled: false },
    metadata: subscription.metadata,
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: subscription.schedule,
    start_date: subscription.created,
    status: subscription.status,
    test_clock: null,
    transfer_data: null,
    trial_end: null,
    trial_settings: null,
    trial_start: null,
  }) satisfies Wire<Stripe.Subscription>;

const phaseWire = (phase: PhaseRecord, currency: string) =>
  ({
    add_invoice_items: [],
    application_fee_percent: null,
    billing_cycle_anchor: null,
    billing_thresholds: null,
    collection_method: null,
    currency,
    default_payment_method: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    end_date: phase.end,
    invoice_settings: null,
    items: phase.items.map(({ price, quantity }) => ({
      billing_thresholds: null,
      discounts: [],
      metadata: {},
      plan: price,
      price,
      ...(quantity !== null && { quantity }),
      tax_rates: [],
    })),
    metadata: phase.metadata,
    on_behalf_of: null,
    proration_behavior: phase.proration,
    start_date: phase.start,
    transfer_data: null,
    trial_end: null,
  }) satisfies Wire<Stripe.SubscriptionSchedule.Phase>;

/** A subscription schedule in Stripe's form. */
export const scheduleWire = (schedule: ScheduleRecord, now: number) => {
  const running = schedule.phases.find((phase) => phase.start <= now && now < phase.end);
  return {
    id: schedule.id,
    object: 'subscription_schedule',
    application: null,
    billing_mode: { flexible: { proration_discounts: 'included' }, type: 'flexible' },
    canceled_at: schedule.canceledAt,
    completed_at: schedule.completedAt,
    created: schedule.created,
    current_phase:
      schedule.status === 'active' && running ? { end_date: running.end, start_date: running.start } : null,
    customer: schedule.customer,
    customer_account: null,
    default_settings: {
      application_fee_percent: null,
      billing_cycle_anchor: 'automatic',
      billing_thresholds: null,
      collection_method: 'charge_automatically',
      default_payment_method: null,
      description: null,
      invoice_settings: {
        account_tax_ids: null,
        custom_fields: null,
        days_until_due: null,
        description: null,
        footer: null,
        issuer: { type: 'self' },
      },
      on_behalf_of: null,
      transfer_data: null,
    },
    end_behavior: schedule.endBehavior,
    livemode: false,
    metadata: schedule.metadata,
    pause_schedules: [],
    phases: schedule.phases.map((phase) => phaseWire(phase, schedule.currency)),
    released_at: schedule.releasedAt,
    released_subscription: schedule.status === 'released' ? schedule.subscription : null,
    status: schedule.status,
    subscription: schedule.status === 'released' ? null : schedule.subscription,
    test_clock: null,
  } satisfies Wire<Stripe.SubscriptionSchedule>;
};
