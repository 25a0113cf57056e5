import { err, ok, type Result } from 'neverthrow';
import * as z from 'zod';
import { itemsAfter, planChange } from '../billing/change.js';
import { draftInvoice } from '../billing/invoices.js';
import { advanceLines } from '../billing/lines.js';
import { arrears, nextCycle } from '../billing/subscriptions.js';
import type { InvoiceReason, LineRecord, Span, SubscriptionRecord } from '../records.js';
import { invoiceWire } from '../wire/invoice.js';
import { endsAt } from '../wire/subscription.js';
import type { World } from '../world.js';
import { endpoint } from './endpoint.js';
import { Flag, listOf, Text, Whole } from './fields.js';
import { invalid, type Refusal } from './refusal.js';
import { Item, Proration, prorationAt, subscriptionOf } from './subscriptions.js';

const Preview = {
  customer: Text.optional(),
  subscription: Text,
  subscription_details: z
    .strictObject({
      items: listOf(Item).optional(),
      proration_behavior: Proration.default('create_prorations'),
      proration_date: Whole.optional(),
      cancel_at_period_end: Flag.optional(),
    })
    .optional(),
};
type Details = NonNullable<z.output<z.ZodObject<typeof Preview>>['subscription_details']>;

const none = (subscription: SubscriptionRecord): Refusal => ({
  ...invalid(`No upcoming invoices for customer: ${subscription.customer}`, {
    code: 'invoice_upcoming_none',
  }),
  status: 404,
});

type Coming = {
  readonly reason: InvoiceReason;
  readonly lines: readonly LineRecord[];
  readonly period: Span;
  readonly attempt: number;
};

const shown = (world: World, subscription: SubscriptionRecord, coming: Coming): object => {
  const { attempt, ...content } = coming;
  const draft = { ...draftInvoice(world, subscription, content), nextAttempt: attempt };
  return {
    ...invoiceWire(world.state, draft, world.base),
    id: `upcoming_${draft.id}`,
    status: 'draft',
    number: null,
    hosted_invoice_url: null,
    invoice_pdf: null,
    effective_at: null,
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
  };
};

/** What the end of the running period brings; nothing, when the subscription ends then and owes nothing. */
const renewal = (
  world: World,
  subscription: SubscriptionRecord,
  cancel: boolean | undefined,
): Result<Coming, Refusal> => {
  const over = subscription.status !== 'active' && subscription.status !== 'past_due';
  if (over) return err(none(subscription));
  const owed = arrears(world, subscription);
  const { period } = subscription;
  const coming = { reason: 'subscription_cycle' as const, period, attempt: period.end };
  if (cancel ?? endsAt(subscription) !== null) {
    const lines = owed.filter(({ amount }) => amount !== 0);
    return lines.length === 0 ? err(none(subscription)) : ok({ ...coming, lines });
  }
  const next = nextCycle(world, subscription);
  return ok({ ...coming, lines: [...owed, ...advanceLines(world, next.items, next.period)] });
};

const afterChange = (
  world: World,
  subscription: SubscriptionRecord,
  details: Details,
): Result<Coming, Refusal> =>
  prorationAt(world, subscription, details.proration_date, 'subscription_details[proration_date]').andThen(
    (at) =>
      itemsAfter(world, subscription, details.items ?? []).andThen((items) => {
        const proration = details.proration_behavior;
        const plan = planChange(world, subscription, items, { at, proration });
        const { lines, anchor, period } = plan;
        const now = world.now();
        if (plan.invoiced)
          return ok({
            reason: 'subscription_update' as const,
            lines,
            period: { start: subscription.period.start, end: now },
            attempt: now,
          });
        const after = { ...subscription, items, anchor, period, pending: lines };
        return renewal(world, after, details.cancel_at_period_end);
      }),
  );

/** What an invoice would be: the next one, or the one that a change would bring. Nothing is kept. */
export const previewEndpoints = [
  endpoint('POST /v1/invoices/create_preview', Preview, ({ world, fields }) =>
    subscriptionOf(world, fields.subscription, 'subscription').andThen((subscription) => {
      if (fields.customer !== undefined && fields.customer !== subscription.customer)
        return err(invalid('The subscription does not belong to this customer.', { param: 'customer' }));
      const details = fields.subscription_details;
      const coming = details
        ? afterChange(world, subscription, details)
        : renewal(world, subscription, undefined);
      return coming.map((found) => shown(world, subscription, found));
    }),
  ),
];
