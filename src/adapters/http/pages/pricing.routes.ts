import * as z from 'zod';
import type { App } from './app.js';
import { route } from './contract.js';
import { anyone } from './guards.js';
import { page } from './kit/layout.js';
import { type Pricing, pricingView } from './pricing.views.js';

/** More plans than anybody could choose from. */
export const ALL_PLANS = { size: 100, after: undefined };

const offered = ({ billing, entitlements }: App, checkout: string | undefined) =>
  billing
    .listPlans('training-pipes', ALL_PLANS)
    .andThen(({ items }) =>
      entitlements
        .planFeaturesOf(items.map(({ id }) => id))
        .map((features): Pricing => ({ plans: items, features, checkout })),
    );

export const pricingPage = route({
  operationId: 'pricingPage',
  at: 'GET /pricing',
  summary: 'What is on sale',
  auth: anyone,
  request: { query: z.object({ checkout: z.string().max(40).optional() }) },
  run: (app, { query }) => offered(app, query.checkout),
  reply: page(pricingView),
  errors: {},
});
