import type { Knex } from 'knex';
import * as z from 'zod';
import type { TenantReview } from '../../../../domain/entitlements/workspace.js';
import type { AccountId, UserId } from '../../../../domain/shared/ids.js';
import { iso } from '../../../../domain/shared/time.js';
import type { TenantReviews } from '../../../../ports/entitlements/workspaces.js';
import { query } from '../../kit/query.js';
import { int8, nullable, timestamptz } from '../../kit/rows.js';

const Row = z.object({
  id: z.string(),
  number: int8,
  account_id: z.string().transform((id) => id as AccountId),
  title: z.string(),
  note: nullable(z.string()),
  period_from: timestamptz,
  period_to: timestamptz,
  created_at: timestamptz,
  created_by: z.string().transform((id) => id as UserId),
});

/** A row of `tenant_reviews` as the domain sees it. */
export const reviewOf = (row: unknown): TenantReview => {
  const r = Row.parse(row);
  return {
    id: r.id,
    number: r.number,
    accountId: r.account_id,
    title: r.title,
    note: r.note,
    from: r.period_from,
    to: r.period_to,
    createdAt: r.created_at,
    createdBy: r.created_by,
  };
};

/** Reviews on one transaction. */
export const knexReviews = (trx: Knex): TenantReviews => ({
  add: (review) =>
    query(() =>
      trx('tenant_reviews')
        .insert({
          id: review.id,
          account_id: review.accountId,
          title: review.title,
          note: review.note ?? null,
          period_from: iso(review.from),
          period_to: iso(review.to),
          created_at: iso(review.createdAt),
          created_by: review.createdBy,
        })
        .returning('*'),
    ).map(([row]) => reviewOf(row)),
});
