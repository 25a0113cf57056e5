import type { Knex } from 'knex';
import { errAsync, okAsync } from 'neverthrow';
import * as z from 'zod';
import type { SellerId } from '../../../domain/billing/seller.js';
import { iso } from '../../../domain/shared/time.js';
import type {
  BillingIntent,
  ChangeInProgress,
  IntentOutcome,
  Intents,
} from '../../../ports/billing/unit-of-work.js';
import { query } from '../kit/query.js';
import { json, nullable, timestamptz } from '../kit/rows.js';

const Data = z.record(z.string(), z.string());
const Row = z.object({
  id: z.string(),
  seller_id: z.string().transform((id) => id as SellerId),
  customer_id: z.string(),
  kind: z.enum([
    'checkout',
    'change_plan',
    'change_plan_later',
    'add_usage',
    'cancel',
    'resume',
    'end_surplus',
  ]),
  data: Data,
  created_at: timestamptz,
});
const Settled = z
  .object({ state: z.enum(['done', 'failed']), outcome: nullable(Data) })
  .transform(({ state, outcome }): IntentOutcome => ({ state, data: outcome }));

const intentOf = (row: unknown): BillingIntent => {
  const r = Row.parse(row);
  return {
    id: r.id,
    sellerId: r.seller_id,
    customerId: r.customer_id,
    kind: r.kind,
    data: r.data,
    createdAt: r.created_at,
  };
};

const ONE_CHANGE =
  "(seller_id, customer_id) where state = 'open' and kind not in ('checkout', 'end_surplus')";

/** What shall be done at processors, on one transaction. */
export const knexIntents = (trx: Knex): Intents => {
  const of = (seller: SellerId): Knex.QueryBuilder => trx('billing_intents').where({ seller_id: seller });
  const openOf = (seller: SellerId): Knex.QueryBuilder => of(seller).whereRaw("state = 'open'");
  return {
    // A change that was opened since this unit began is a serialization conflict: the unit runs again and sees it.
    open: (intent) =>
      query(() =>
        trx('billing_intents')
          .insert({
            id: intent.id,
            seller_id: intent.sellerId,
            customer_id: intent.customerId,
            kind: intent.kind,
            data: json(intent.data),
            created_at: iso(intent.createdAt),
            state: 'open',
          })
          .onConflict(trx.raw(ONE_CHANGE))
          .ignore()
          .returning('id'),
      ).andThen((opened: readonly unknown[]) =>
        opened.length === 0
          ? errAsync<void, ChangeInProgress>({ kind: 'change_in_progress' })
          : okAsync(undefined),
      ),
    pending: (seller, id) =>
      query(() => openOf(seller).where({ id }).first()).map((row) =>
        row === undefined ? undefined : intentOf(row),
      ),
    pendingOf: (seller, customerId) =>
      query(() => openOf(seller).where({ customer_id: customerId }).orderBy(['created_at', 'id'])).map(
        (rows: unknown[]) => rows.map(intentOf),
      ),
    outcome: (seller, id) =>
      query(() => of(seller).where({ id }).whereNot({ state: 'open' }).first('state', 'outcome')).map(
        (row) => (row === undefined ? undefined : Settled.parse(row)),
      ),
    settle: (seller, id, { state, data }, at) =>
      query(() =>
        openOf(seller)
          .where({ id })
          .update({ state, outcome: data === undefined ? null : json(data), settled_at: iso(at) }),
      ).map(() => undefined),
  };
};
