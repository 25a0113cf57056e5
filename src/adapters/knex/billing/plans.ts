import type { Knex } from 'knex';
import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { Plan, PlanPrice } from '../../../domain/billing/plan.js';
import type { SellerId } from '../../../domain/billing/seller.js';
import type { PlanNameTaken, Plans, PriceTaken } from '../../../ports/billing/unit-of-work.js';
import {
  NOT_FOUND,
  type NotFound,
  type StaleVersion,
  type Unavailable,
} from '../../../ports/shared/failure.js';
import { query, queryOr, UNIQUE_VIOLATION } from '../kit/query.js';
import { planRow, plansOf, plansWithPrices, priceRow } from './plan-rows.js';

const NAME_TAKEN: PlanNameTaken = { kind: 'plan_name_taken' };

/** One plan of a seller by a column that tells it from all others. */
export const planBy = (
  db: Knex,
  seller: SellerId,
  by: Readonly<Record<string, string | number>>,
): ResultAsync<Plan, NotFound | Unavailable> =>
  query(() => plansWithPrices(db, db('plans').where({ seller_id: seller, ...by }))).andThen((rows) => {
    const [plan] = plansOf(rows);
    return plan === undefined ? errAsync<Plan, NotFound>(NOT_FOUND) : okAsync(plan);
  });

/** A price that another plan has taken since this unit began is a serialization conflict: the unit runs again. */
const addPrices = (
  trx: Knex,
  plan: Plan,
  prices: readonly PlanPrice[],
): ResultAsync<void, PriceTaken | Unavailable> =>
  prices.length === 0
    ? okAsync(undefined)
    : query(() =>
        trx('plan_prices')
          .insert(prices.map((price) => priceRow(plan, price)))
          .onConflict(['seller_id', 'processor_id'])
          .ignore()
          .returning('id'),
      ).andThen((rows: readonly { readonly id: string }[]) => {
        const added = new Set(rows.map(({ id }) => id));
        const taken = prices.find(({ id }) => !added.has(id))?.processorId;
        return taken === undefined
          ? okAsync(undefined)
          : errAsync<void, PriceTaken>({ kind: 'price_taken', processorId: taken });
      });

/** Of the prices that are there only `active` is written; answers which were not. */
const markPrices = (trx: Knex, plan: Plan): ResultAsync<readonly PlanPrice[], Unavailable> =>
  query(() =>
    trx.raw<{ readonly rows: readonly { readonly id: string }[] }>(
      `update plan_prices x set active = given.active
         from unnest(cast(:ids as uuid[]), cast(:active as boolean[])) given (id, active)
        where x.seller_id = :seller and x.plan_id = :plan and x.id = given.id
       returning x.id`,
      {
        seller: plan.sellerId,
        plan: plan.id,
        ids: plan.prices.map(({ id }) => id),
        active: plan.prices.map(({ active }) => active),
      },
    ),
  ).map(({ rows }) => {
    const there = new Set(rows.map(({ id }) => id));
    return plan.prices.filter(({ id }) => !there.has(id));
  });

/** Plans on one transaction. */
export const knexPlans = (trx: Knex): Plans => {
  /** What has just been written under our own lock. */
  const written = ({ sellerId, id }: Plan): ResultAsync<Plan, Unavailable> =>
    query(() => plansWithPrices(trx, trx('plans').where({ seller_id: sellerId, id }))).map((rows) => {
      const [plan] = plansOf(rows);
      if (plan === undefined) throw new Error(`plan ${id} is not there`);
      return plan;
    });
  return {
    get: (seller, id) => planBy(trx, seller, { id }),
    add: (plan) =>
      query(() =>
        trx('plans')
          .insert(planRow(plan))
          .onConflict(['seller_id', 'catalogue', 'name'])
          .ignore()
          .returning('id'),
      )
        .andThen((added: readonly unknown[]) =>
          added.length === 0 ? errAsync<void, PlanNameTaken>(NAME_TAKEN) : okAsync(undefined),
        )
        .andThen(() => addPrices(trx, plan, plan.prices))
        .andThen(() => written(plan)),
    save: (plan) =>
      queryOr(UNIQUE_VIOLATION, NAME_TAKEN, () =>
        trx('plans')
          .where({ seller_id: plan.sellerId, id: plan.id, version: plan.version })
          .update({ ...planRow(plan), version: plan.version + 1 }),
      )
        .andThen((rows) =>
          rows === 0
            ? errAsync<void, StaleVersion>({ kind: 'stale_version', id: plan.id })
            : okAsync(undefined),
        )
        .andThen(() => markPrices(trx, plan))
        .andThen((fresh) => addPrices(trx, plan, fresh))
        .andThen(() => written(plan)),
  };
};
