import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { Plan, PlanPrice } from '../../../domain/billing/plan.js';
import type { PlanNameTaken, Plans, PriceTaken } from '../../../ports/billing/unit-of-work.js';
import { NOT_FOUND, type NotFound, type StaleVersion } from '../../../ports/shared/failure.js';
import { nextNumber } from '../kit/sequence.js';
import type { MemoryTx } from '../kit/store.js';
import { versionedTable } from '../kit/versioned-table.js';
import { idOf } from '../shared/rows.js';
import { ofSeller, TABLES } from './rows.js';

const UNIQUE_NAME = 'plans.name';
const UNIQUE_PRICE = 'plan_prices.processor_id';

const nameOf = ({ sellerId, catalogue, name }: Plan): string => idOf(sellerId, catalogue, name);

const claimName = (tx: MemoryTx, plan: Plan): ResultAsync<void, PlanNameTaken> =>
  tx
    .claimUnique(UNIQUE_NAME, nameOf(plan), plan.id)
    .andThen((free) =>
      free ? okAsync(undefined) : errAsync<void, PlanNameTaken>({ kind: 'plan_name_taken' }),
    );

const claimPrices = (tx: MemoryTx, plan: Plan, prices: readonly PlanPrice[]): ResultAsync<void, PriceTaken> =>
  prices.reduce<ResultAsync<void, PriceTaken>>(
    (claimed, { id, processorId }) =>
      processorId === undefined
        ? claimed
        : claimed
            .andThen(() => tx.claimUnique(UNIQUE_PRICE, idOf(plan.sellerId, processorId), id))
            .andThen((free) =>
              free ? okAsync(undefined) : errAsync<void, PriceTaken>({ kind: 'price_taken', processorId }),
            ),
    okAsync(undefined),
  );

const isAmong =
  (prices: readonly PlanPrice[]) =>
  ({ id }: PlanPrice): boolean =>
    prices.some((price) => price.id === id);

/** Plans on one unit. */
export const memoryPlans = (tx: MemoryTx): Plans => {
  const plans = versionedTable<Plan>(tx, TABLES.plans);
  return {
    get: (seller, id) =>
      plans.find(id).andThen((row) => {
        const plan = ofSeller(seller, row);
        return plan === undefined ? errAsync<Plan, NotFound>(NOT_FOUND) : okAsync(plan);
      }),
    add: (plan) =>
      claimName(tx, plan)
        .andThen(() => claimPrices(tx, plan, plan.prices))
        .andThen(() => nextNumber(tx, TABLES.plans))
        .andThen((number) => {
          const added = { ...plan, number };
          return plans.insert(added).map(() => added);
        }),
    save: (plan) =>
      plans.find(plan.id).andThen((row) => {
        const before = ofSeller(plan.sellerId, row);
        if (before?.version !== plan.version)
          return errAsync<Plan, StaleVersion>({ kind: 'stale_version', id: plan.id });
        const fresh = plan.prices.filter((price) => !isAmong(before.prices)(price));
        const kept = before.prices.map((price) => ({
          ...price,
          active: plan.prices.find(({ id }) => id === price.id)?.active ?? price.active,
        }));
        return tx
          .releaseUnique(UNIQUE_NAME, nameOf(before))
          .andThen(() => claimName(tx, plan))
          .andThen(() => claimPrices(tx, plan, fresh))
          .andThen(() => plans.update({ ...plan, number: before.number, prices: [...kept, ...fresh] }));
      }),
  };
};
