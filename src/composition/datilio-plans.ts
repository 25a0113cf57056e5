import type { Container } from 'inversify';
import type { StockedPlan } from '../application/billing/plans.js';
import type { Currency } from '../domain/billing/currency.js';
import { contexts } from './tokens.js';

type Traits = {
  readonly file_limit: number;
  readonly file_size_limit_mb: number;
  readonly ai_prompts_per_day: number;
  readonly synthetic_rows_per_month: number;
  readonly features: Readonly<Record<string, boolean>>;
};

const monthly = (stockedAs: string, name: string, cents: bigint, traits: Traits): StockedPlan => ({
  stockedAs,
  catalogue: 'datilio',
  name,
  cost: { amount: cents, currency: 'usd' as Currency },
  every: { interval: 'month', count: 1 },
  traits,
});

/** The plans that Datilio's purchase flow tells of; admins may add more. */
const PLANS: readonly StockedPlan[] = [
  monthly('explorer', 'Explorer', 0n, {
    file_limit: 5,
    file_size_limit_mb: 10,
    ai_prompts_per_day: 10,
    synthetic_rows_per_month: 1_000,
    features: { data_profiling: true, synthetic_data: true, exports: false, team_workspace: false },
  }),
  monthly('datapilot-pro', 'DataPilot Pro', 2_900n, {
    file_limit: 100,
    file_size_limit_mb: 100,
    ai_prompts_per_day: 200,
    synthetic_rows_per_month: 100_000,
    features: { data_profiling: true, synthetic_data: true, exports: true, team_workspace: false },
  }),
  monthly('datilio-team', 'Datilio Team', 9_900n, {
    file_limit: 1_000,
    file_size_limit_mb: 500,
    ai_prompts_per_day: 1_000,
    synthetic_rows_per_month: 1_000_000,
    features: { data_profiling: true, synthetic_data: true, exports: true, team_workspace: true },
  }),
];

/** Puts Datilio's plans on sale where they are not yet; a price that is there is not changed. */
export const stockDatilio = async (container: Container): Promise<void> => {
  const stocked = await container.get(contexts.billing).stockPlans(PLANS);
  if (stocked.isErr()) throw new Error('the plans cannot be written', { cause: stocked.error.cause });
};
