import { okAsync, ResultAsync } from 'neverthrow';
import type Stripe from 'stripe';
import type { ConnectionRef } from '../../ports/billing/processor.js';
import type { Calls } from './client.js';
import type { CallFailure } from './failures.js';

const MOST_LINES = 100;
const MOST_REMEMBERED = 1_000;

/** Whether an invoice charges something for what was used: the line is there when nothing was, too. */
export type UsageLines = (at: ConnectionRef, invoice: Stripe.Invoice) => ResultAsync<boolean, CallFailure>;

const priceOf = ({ pricing }: Stripe.InvoiceLineItem): readonly string[] => {
  const price = pricing?.price_details?.price;
  return price === undefined ? [] : [typeof price === 'string' ? price : price.id];
};

/** An invoice carries its first lines only; the others are asked for where there are any. */
const linesOf = (
  calls: Calls,
  at: ConnectionRef,
  { id, lines }: Stripe.Invoice,
): ResultAsync<readonly Stripe.InvoiceLineItem[], CallFailure> =>
  lines.has_more
    ? calls(at, (stripe) => stripe.invoices.listLineItems(id, { limit: MOST_LINES })).map(({ data }) => data)
    : okAsync(lines.data);

/**
 * Lines name their price and not whether it is paid by usage, so prices are looked up; since a price never changes
 * in that, once is enough.
 */
export const usageLines = (calls: Calls): UsageLines => {
  const metered = new Map<string, boolean>();
  const isMetered = (at: ConnectionRef, price: string): ResultAsync<boolean, CallFailure> => {
    const name = JSON.stringify([at, price]);
    const known = metered.get(name);
    if (known !== undefined) return okAsync(known);
    return calls(at, (stripe) => stripe.prices.retrieve(price)).map(({ recurring }) => {
      if (metered.size >= MOST_REMEMBERED) metered.clear();
      metered.set(name, recurring?.usage_type === 'metered');
      return recurring?.usage_type === 'metered';
    });
  };
  return (at, invoice) =>
    linesOf(calls, at, invoice).andThen((lines) => {
      const charged = lines.filter(({ amount }) => amount > 0);
      return ResultAsync.combine(
        [...new Set(charged.flatMap(priceOf))].map((price) => isMetered(at, price)),
      ).map((found) => found.includes(true));
    });
};
