import type { Knex } from 'knex';
import { okAsync, type ResultAsync } from 'neverthrow';
import * as z from 'zod';
import type { SellerId } from '../../../domain/billing/seller.js';
import { type Instant, iso } from '../../../domain/shared/time.js';
import type { ReportedUsage, UsageLine } from '../../../ports/billing/unit-of-work.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import { query } from '../kit/query.js';
import { timestamptz } from '../kit/rows.js';

const Row = z
  .object({
    seller_id: z.string().transform((id) => id as SellerId),
    customer_id: z.string(),
    line_id: z.string(),
    cents: z.bigint(),
    used_at: timestamptz,
  })
  .transform(
    (r): UsageLine => ({
      sellerId: r.seller_id,
      customerId: r.customer_id,
      id: r.line_id,
      cents: r.cents,
      usedAt: r.used_at,
    }),
  );

// Arrays, so that a month of many accounts is one statement with few bindings.
const INTEND = `
  insert into reported_usage (seller_id, customer_id, line_id, cents, used_at, intended_at)
  select seller_id, customer_id, line_id, cents, used_at, :at
    from unnest(cast(:sellers as uuid[]), cast(:customers as uuid[]), cast(:ids as text[]),
      cast(:cents as bigint[]), cast(:usedAt as timestamptz[]))
      with ordinality given (seller_id, customer_id, line_id, cents, used_at, place)
   order by place
  on conflict (seller_id, line_id) do nothing`;

/** Usage on its way to processors, on one transaction. */
export const knexReportedUsage = (trx: Knex): ReportedUsage => ({
  intend: (lines, at) =>
    lines.length === 0
      ? okAsync(undefined)
      : query(() =>
          trx.raw(INTEND, {
            at: iso(at),
            sellers: lines.map(({ sellerId }) => sellerId),
            customers: lines.map(({ customerId }) => customerId),
            ids: lines.map(({ id }) => id),
            cents: lines.map(({ cents }) => cents.toString()),
            usedAt: lines.map(({ usedAt }) => iso(usedAt)),
          }),
        ).map(() => undefined),
  reported: (seller, lineId, at) =>
    query(() =>
      trx('reported_usage')
        .where({ seller_id: seller, line_id: lineId })
        .whereNull('reported_at')
        .update({ reported_at: iso(at) }),
    ).map(() => undefined),
});

/** Committed lines that are written down and not reported, oldest first. */
export const unreported = (
  db: Knex,
  seller: SellerId,
  limit: number,
  since: Instant,
): ResultAsync<readonly UsageLine[], Unavailable> =>
  query(() =>
    db('reported_usage')
      .where({ seller_id: seller })
      .whereNull('reported_at')
      .where('used_at', '>=', iso(since))
      .orderBy(['used_at', 'line_id'])
      .limit(limit),
  ).map((rows: unknown[]) => rows.map((row) => Row.parse(row)));
