import type Stripe from 'stripe';
import type { PriceRecord, ProductRecord } from '../records.js';
import type { MeterEventRecord, MeterRecord } from '../usage-records.js';
import type { Wire } from './wire.js';

/** A product in Stripe's form. */
export const productWire = (product: ProductRecord) =>
  ({
    id: product.id,
    object: 'product',
    active: product.active,
    created: product.created,
    default_price: null,
    description: product.description,
    images: [],
    livemode: false,
    marketing_features: [],
    metadata: product.metadata,
    name: product.name,
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    tax_details: null,
    type: 'service',
    unit_label: null,
    updated: product.created,
    url: null,
  }) satisfies Wire<Stripe.Product>;

const usageType = (price: PriceRecord) => (price.meter === null ? 'licensed' : 'metered');

/** A price in Stripe's form. */
export const priceWire = (price: PriceRecord) =>
  ({
    id: price.id,
    object: 'price',
    active: price.active,
    billing_scheme: 'per_unit',
    created: price.created,
    currency: price.currency,
    custom_unit_amount: null,
    livemode: false,
    lookup_key: price.lookupKey,
    metadata: price.metadata,
    nickname: price.nickname,
    product: price.product,
    recurring: price.cycle && {
      interval: price.cycle.interval,
      interval_count: price.cycle.count,
      meter: price.meter,
      trial_period_days: null,
      usage_type: usageType(price),
    },
    tax_behavior: 'unspecified',
    tiers_mode: null,
    transform_quantity: null,
    type: price.cycle === null ? 'one_time' : 'recurring',
    unit_amount: price.unitAmount,
    unit_amount_decimal: String(price.unitAmount),
  }) satisfies Wire<Stripe.Price>;

/** The older form of a recurring price, which items carry beside it. */
export const planWire = (price: PriceRecord) =>
  ({
    id: price.id,
    object: 'plan',
    active: price.active,
    amount: price.unitAmount,
    amount_decimal: String(price.unitAmount),
    billing_scheme: 'per_unit',
    created: price.created,
    currency: price.currency,
    interval: price.cycle?.interval ?? 'month',
    interval_count: price.cycle?.count ?? 1,
    livemode: false,
    metadata: price.metadata,
    meter: price.meter,
    nickname: price.nickname,
    product: price.product,
    tiers_mode: null,
    transform_usage: null,
    trial_period_days: null,
    usage_type: usageType(price),
  }) satisfies Wire<Stripe.Plan>;

/** A billing meter in Stripe's form. */
export const meterWire = (meter: MeterRecord) =>
  ({
    id: meter.id,
    object: 'billing.meter',
    created: meter.created,
    customer_mapping: { event_payload_key: meter.customerKey, type: 'by_id' },
    default_aggregation: { formula: meter.formula },
    display_name: meter.displayName,
    event_name: meter.eventName,
    event_time_window: null,
    livemode: false,
    status: 'active',
    status_transitions: { deactivated_at: null },
    updated: meter.created,
    value_settings: { event_payload_key: meter.valueKey },
  }) satisfies Wire<Stripe.Billing.Meter>;

/** A meter event in Stripe's form. */
export const meterEventWire = (event: MeterEventRecord) =>
  ({
    object: 'billing.meter_event',
    created: event.created,
    event_name: event.eventName,
    identifier: event.identifier,
    livemode: false,
    payload: event.payload,
    timestamp: event.timestamp,
  }) satisfies Wire<Stripe.Billing.MeterEvent>;
