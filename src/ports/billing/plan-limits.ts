import type { ResultAsync } from 'neverthrow';
import type { Plan } from '../../domain/billing/plan.js';
import type { PlanLimit } from '../../domain/billing/plan-limits.js';
import type { Unavailable } from '../shared/failure.js';

/** Where what plans include is kept for those who decide by it. */
export type PlanLimits = {
  /** With a plan that was added in this unit. A feature that nobody counts is a defect. */
  readonly add: (
    plan: Plan,
    limits: readonly (PlanLimit & { readonly id: string })[],
  ) => ResultAsync<void, Unavailable>;
};
