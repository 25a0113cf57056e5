import * as z from 'zod';
import { PASSWORD_LENGTH } from '../../../domain/accounts/user.js';
import { Int64 } from '../training-pipes/decision.js';
import { Dollars } from './dollars.js';

/** In both directions: what is shorter was never a password here. */
export const Credentials = z
  .object({
    email: z.string().max(254),
    password: z.string().min(PASSWORD_LENGTH.min).max(PASSWORD_LENGTH.max),
  })
  .meta({ id: 'Credentials' });

export const SignedInDto = z
  .object({
    access_token: z.string(),
    user: z.object({ id: z.int(), email: z.string(), is_admin: z.boolean() }),
  })
  .meta({ id: 'SignedIn' });

const Limit = z.int().min(0);
const LIMITS = {
  file_limit: Limit,
  file_size_limit_mb: Limit,
  ai_prompts_per_day: Limit,
  synthetic_rows_per_month: Limit,
};

/** What a plan is beside its name and its price; kept with the plan in these words. */
export const PlanTraits = z.object({ ...LIMITS, features: z.record(z.string(), z.unknown()) });

export const CreatePlanIn = z
  .object({
    name: z.string().trim().min(1).max(200),
    price_monthly: Dollars,
    ...LIMITS,
    features: z.record(z.string().min(1).max(100), z.unknown()),
  })
  .meta({ id: 'CreatePlanIn' });

const Price = z.number().min(0);
const shown = { id: z.int(), name: z.string(), price_monthly: Price };

export const PlanOut = z.object({ ...shown, ...PlanTraits.shape }).meta({ id: 'PlanOut' });

export const PlanListItem = z
  .object({ ...shown, features: z.array(z.string()) })
  .meta({ id: 'PlanListItem' });

/** `next_page_token` is there while there are more. */
export const PlansDto = z.object({ plans: z.array(PlanListItem), next_page_token: z.string().optional() });

export const PurchasePlanIn = z
  .object({ plan_id: z.int(), duration_months: z.int().min(1).max(36) })
  .meta({ id: 'PurchasePlanIn' });

export const UserPlanDto = z.object({
  user_plan: z
    .object({
      id: z.int(),
      plan_id: z.int(),
      is_active: z.boolean(),
      start_date: z.iso.datetime(),
      /** Of the period that is paid for; a free plan has none. */
      end_date: z.iso.datetime().nullable(),
      /** Additive: the plan ends at `end_date` instead of being paid for anew. */
      cancel_at_period_end: z.boolean(),
      /** What is left of each feature of the plan; null: without limit. Of the size of files: the largest there may be. */
      remaining: z.record(z.string(), Int64.nullable()),
    })
    .meta({ id: 'UserPlanOut' })
    .nullable(),
});
