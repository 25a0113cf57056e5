import type { additive } from './additive.js';
import { createBillingCheckoutSession, handleStripeWebhook } from './billing.routes.js';
import type { operations } from './operations.js';
import { issueToken } from './token.routes.js';
import { getBillingUsage } from './usage.routes.js';

/** One entry per published operation: a gap, an extra or a mix-up does not compile. */
export const routes = {
  createBillingCheckoutSession,
  handleStripeWebhook,
  getBillingUsage,
} satisfies { readonly [Op in keyof typeof operations]: { readonly operationId: Op } };

/** Ours beside them, in OAuth's own words. */
export const oauthRoutes = { issueToken } satisfies {
  readonly [Op in keyof typeof additive]: { readonly operationId: Op };
};
