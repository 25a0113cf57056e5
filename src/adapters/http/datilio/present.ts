import type * as z from 'zod';
import type { PersonallySignedIn } from '../../../application/accounts/personal.js';
import type { Plan } from '../../../domain/billing/plan.js';
import { MONTHLY, priceFor } from '../../../domain/billing/plan-prices.js';
import type { Subscription } from '../../../domain/billing/subscription.js';
import type { EntitlementDecision } from '../../../domain/entitlements/decision.js';
import { iso } from '../../../domain/shared/time.js';
import type { TokenPage } from '../kit/page.js';
import { dollarsOf } from './dollars.js';
import {
  type PlanListItem,
  type PlanOut,
  type PlansDto,
  PlanTraits,
  type SignedInDto,
  type UserPlanDto,
} from './schemas.js';
import { standingOf } from './standing.js';
import { USED_UP } from './usage-schemas.js';

export const presentSignedIn = ({
  accessToken,
  number,
  user,
}: PersonallySignedIn): z.input<typeof SignedInDto> => ({
  access_token: accessToken,
  user: { id: number, email: user.email, is_admin: user.platformAdmin },
});

/** With what it is sold for now. Beside it a plan may have prices for several months, and others that were put aside. */
const common = (plan: Plan) => {
  const { number, name } = plan;
  const price = priceFor(plan, MONTHLY);
  if (price === undefined) throw new Error(`plan ${number} has no monthly price`);
  return { id: number, name, price_monthly: dollarsOf(price.cost) };
};

export const presentPlan = (plan: Plan): { readonly plan: z.input<typeof PlanOut> } => ({
  plan: { ...common(plan), ...PlanTraits.parse(plan.traits) },
});

/** With the names of the features that a plan has: those that are neither off, nor zero, nor empty. */
const listed = (plan: Plan): z.input<typeof PlanListItem> => {
  const { features } = PlanTraits.parse(plan.traits);
  const names = Object.keys(features).filter((name) => Boolean(features[name]));
  return { ...common(plan), features: names.sort() };
};

export const presentPlans = ({ items, ...rest }: TokenPage<Plan>): z.input<typeof PlansDto> => ({
  plans: items.map(listed),
  ...rest,
});

/** Somebody who is behind with a payment still has what they chose. */
const ACTIVE: ReadonlySet<Subscription['status']> = new Set(['trialing', 'active', 'past_due']);

const endOf = ({ truthSource, endedAt, period }: Subscription): string | null => {
  if (endedAt !== undefined) return iso(endedAt);
  return truthSource === 'derived' ? null : iso(period.end);
};

/** A plan that somebody has or had last, and how what it includes stands now. */
export type UserPlan = {
  readonly subscription: Subscription;
  readonly plan: Plan;
  readonly decisions: readonly EntitlementDecision[];
};

const INCLUDED = [...USED_UP, 'file_size_mb'] as const;

const remainingOf = ({ decisions }: UserPlan) =>
  Object.fromEntries(
    INCLUDED.map((key) => [key, standingOf(decisions.find(({ feature }) => feature === key)).remaining]),
  );

export const presentUserPlan = (found: UserPlan | undefined): z.input<typeof UserPlanDto> => ({
  user_plan: found
    ? {
        id: found.subscription.number,
        plan_id: found.plan.number,
        is_active: ACTIVE.has(found.subscription.status),
        start_date: iso(found.subscription.startedAt),
        end_date: endOf(found.subscription),
        cancel_at_period_end: found.subscription.cancelAtPeriodEnd,
        remaining: remainingOf(found),
      }
    : null,
});
