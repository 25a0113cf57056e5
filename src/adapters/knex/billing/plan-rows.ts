import type { Knex } from 'knex';
import * as z from 'zod';
import type { Currency } from '../../../domain/billing/currency.js';
import { CATALOGUES, type Plan, type PlanPrice } from '../../../domain/billing/plan.js';
import type { SellerId } from '../../../domain/billing/seller.js';
import { iso } from '../../../domain/shared/time.js';
import { columnsOf, rowOf } from '../kit/joined.js';
import { int8, json, nullable, timestamptz } from '../kit/rows.js';

const PlanRow = z.object({
  id: z.string(),
  number: int8,
  version: z.number(),
  seller_id: z.string().transform((id) => id as SellerId),
  catalogue: z.enum(CATALOGUES),
  name: z.string(),
  product_id: nullable(z.string()),
  traits: z.record(z.string(), z.unknown()),
  created_at: timestamptz,
  updated_at: timestamptz,
});
const PriceRow = z.object({
  id: z.string(),
  processor_id: nullable(z.string()),
  amount: z.bigint(),
  currency: z.string().transform((code) => code as Currency),
  interval: z.enum(['day', 'week', 'month', 'year']),
  interval_count: z.number(),
  active: z.boolean(),
});
const PLAN_COLUMNS = Object.keys(PlanRow.shape);
const PRICE_COLUMNS = Object.keys(PriceRow.shape);
/** What `plansOf` takes of plans `p` and prices `x`. */
export const PLAN_WITH_PRICE = [...columnsOf('p', PLAN_COLUMNS), ...columnsOf('x', PRICE_COLUMNS)];

const priceOf = (row: unknown): PlanPrice => {
  const r = PriceRow.parse(row);
  return {
    id: r.id,
    processorId: r.processor_id,
    cost: { amount: r.amount, currency: r.currency },
    every: { interval: r.interval, count: r.interval_count },
    active: r.active,
  };
};

const planOf = (row: unknown, prices: readonly PlanPrice[]): Plan => {
  const r = PlanRow.parse(row);
  return {
    id: r.id,
    number: r.number,
    version: r.version,
    sellerId: r.seller_id,
    catalogue: r.catalogue,
    name: r.name,
    productId: r.product_id,
    traits: r.traits,
    prices,
    createdAt: r.created_at,
    updatedAt: r.updated_at,
  };
};

export const planRow = (plan: Plan) => ({
  id: plan.id,
  version: plan.version,
  seller_id: plan.sellerId,
  catalogue: plan.catalogue,
  name: plan.name,
  product_id: plan.productId ?? null,
  traits: json(plan.traits),
  created_at: iso(plan.createdAt),
  updated_at: iso(plan.updatedAt),
});

export const priceRow = ({ sellerId, id }: Plan, price: PlanPrice) => ({
  seller_id: sellerId,
  id: price.id,
  plan_id: id,
  processor_id: price.processorId ?? null,
  amount: price.cost.amount,
  currency: price.cost.currency,
  interval: price.every.interval,
  interval_count: price.every.count,
  active: price.active,
});

/** The plans that `meant` selects with the prices of each, in one statement: both of one moment. */
export const plansWithPrices = (db: Knex, meant: Knex.QueryBuilder): Knex.QueryBuilder =>
  db
    .from(meant.as('p'))
    .leftJoin('plan_prices as x', { 'x.seller_id': 'p.seller_id', 'x.plan_id': 'p.id' })
    .select(...PLAN_WITH_PRICE)
    .orderBy(['p.id', 'x.position']);

/** The plans of joined rows, in their order. */
export const plansOf = (joined: readonly Readonly<Record<string, unknown>>[]): readonly Plan[] => {
  const plans = new Map<unknown, { readonly row: unknown; readonly prices: PlanPrice[] }>();
  for (const one of joined) {
    const row = rowOf('p', PLAN_COLUMNS, one);
    const plan = plans.get(row?.['id']) ?? { row, prices: [] };
    const price = rowOf('x', PRICE_COLUMNS, one);
    if (price !== undefined) plan.prices.push(priceOf(price));
    plans.set(row?.['id'], plan);
  }
  return [...plans.values()].map(({ row, prices }) => planOf(row, prices));
};
