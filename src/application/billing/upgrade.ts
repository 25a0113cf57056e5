import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { Plan } from '../../domain/billing/plan.js';
import { PLATFORM } from '../../domain/billing/seller.js';
import { upgradeTarget } from '../../domain/billing/upgrade-target.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { Once } from '../../ports/shared/idempotency.js';
import type { openCheckout } from './checkout.js';
import type { BillingDeps } from './deps.js';
import { PRICE_UNKNOWN, type PriceUnknown } from './failures.js';
import type { Payer } from './payer.js';

export type UpgradeUrls = {
  readonly successUrl?: string | undefined;
  readonly cancelUrl?: string | undefined;
};

type Deps = Pick<BillingDeps, 'readers' | 'settings'>;

const PAGE = 100;

const plansFrom = (deps: Deps, after?: string): ResultAsync<readonly Plan[], Unavailable> =>
  deps.readers
    .plansOf(PLATFORM, 'training-pipes', { size: PAGE, after })
    .andThen(({ items, next }) =>
      next === undefined ? okAsync(items) : plansFrom(deps, next).map((rest) => [...items, ...rest]),
    );

/** What the settings name, or the cheapest way to pay anything. */
const priceOf = (deps: Deps): ResultAsync<string, PriceUnknown | Unavailable> => {
  const { upgradePriceId, storage } = deps.settings;
  if (upgradePriceId !== undefined) return okAsync(upgradePriceId);
  return plansFrom(deps).andThen((plans) => {
    const target = upgradeTarget(plans, storage.currency)?.processorId;
    return target === undefined ? errAsync(PRICE_UNKNOWN) : okAsync(target);
  });
};

/** A checkout for who does not say what to buy: the one plan that an upgrade leads to, and back to our own pages. */
export const openUpgrade =
  (deps: Deps, open: ReturnType<typeof openCheckout>) => (urls: UpgradeUrls, payer: Payer, once?: Once) =>
    priceOf(deps).andThen((priceId) => {
      const page = `${deps.settings.publishedBaseUrl}/app/projects/${payer.accountId}/billing?checkout=`;
      const { successUrl = `${page}success`, cancelUrl = `${page}cancel` } = urls;
      return open({ mode: 'subscription', priceId, successUrl, cancelUrl }, payer, once);
    });
