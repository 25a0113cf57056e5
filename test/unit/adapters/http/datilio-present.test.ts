import { describe, expect, it } from 'vitest';
import { presentPlans } from '../../../../src/adapters/http/datilio/present.js';
import type { PlanPrice } from '../../../../src/domain/billing/plan.js';
import { aPlan } from '../../../support/billing.js';

const monthly = (id: string, cents: bigint, active: boolean): PlanPrice => ({
  id,
  cost: { amount: cents, currency: 'usd' as never },
  every: { interval: 'month', count: 1 },
  active,
});

describe('a plan of Datilio', () => {
  it('is shown at what it is sold for now, and not at a price that was put aside', () => {
    const limits = {
      file_limit: 1,
      file_size_limit_mb: 1,
      ai_prompts_per_day: 1,
      synthetic_rows_per_month: 1,
    };
    const prices = [monthly('old', 2_900n, false), monthly('new', 9_900n, true)];
    const plan = aPlan({ catalogue: 'datilio', prices, traits: { ...limits, features: {} } });
    const shown = presentPlans({ items: [plan] }).plans;
    expect(shown.map(({ price_monthly }) => Number(price_monthly))).toEqual([99]);
  });
});
