import type { additive } from './additive.js';
import { createBillingCheckoutSession, handleStripeWebhook } from './billing.routes.js';
import type { operations } from './operations.js';
import { issueToken } from './token.routes.js';

/** Published, and not served yet: it comes with entitlements. */
type Later = 'getBillingUsage';

/** One entry per published operation that is served: a gap, an extra or a mix-up does not compile. */
export const routes = {
  createBillingCheckoutSession,
  handleStripeWebhook,
} satisfies { readonly [Op in Exclude<keyof typeof operations, Later>]: { readonly operationId: Op } };

/** Ours beside them, in OAuth's own words. */
export const oauthRoutes = { issueToken } satisfies {
  readonly [Op in keyof typeof additive]: { readonly operationId: Op };
};
