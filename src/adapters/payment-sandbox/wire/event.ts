import type Stripe from 'stripe';
import type { EventRecord } from '../records.js';
import type { Wire } from './wire.js';

/** The version of the API that the pinned SDK speaks. */
export const API_VERSION = '2026-10-28.endive';

type Envelope = Omit<Wire<Stripe.EventBase>, 'data' | 'type'> & {
  readonly type: string;
  readonly data: { readonly object: object; readonly previous_attributes?: object };
};

/** An event in Stripe's envelope: the object as it was at that moment, not as it is now. */
export const eventWire = (event: EventRecord, pending: number) =>
  ({
    id: event.id,
    object: 'event',
    api_version: API_VERSION,
    created: event.created,
    data: {
      object: event.object,
      ...(event.previous !== null && { previous_attributes: event.previous }),
    },
    livemode: false,
    pending_webhooks: pending,
    request: event.request && { id: event.request.id, idempotency_key: event.request.key },
    type: event.type,
  }) satisfies Envelope;
