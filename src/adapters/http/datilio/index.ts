import type { additive } from './additive.js';
import { login, register } from './auth.routes.js';
import type { operations } from './operations.js';
import { createPlan, listPlans } from './plans.routes.js';
import { cancelUserPlan, createCheckoutSession, getUserPlan, purchasePlan } from './purchase.routes.js';
import { getUserUsage, recordUserUsage } from './usage.routes.js';
import { stripeWebhook } from './webhook.routes.js';

type Served = keyof typeof operations | keyof typeof additive;

/** One entry per operation served: a gap, an extra or a mix-up does not compile. */
export const routes = {
  register,
  login,
  listPlans,
  createPlan,
  purchasePlan,
  getUserPlan,
  getUserUsage,
  recordUserUsage,
  cancelUserPlan,
  createCheckoutSession,
  stripeWebhook,
} satisfies { readonly [Op in Served]: { readonly operationId: Op } };
