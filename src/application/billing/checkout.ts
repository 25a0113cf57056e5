import { okAsync, type ResultAsync, safeTry } from 'neverthrow';
import { type AllowedHosts, redirectUrl } from '../../domain/billing/redirect-url.js';
import type { CheckoutMode } from '../../ports/billing/checkout.js';
import type { PaymentsNotConfigured } from '../../ports/billing/processor.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { Once } from '../../ports/shared/idempotency.js';
import type { BillingDeps, BillingSettings } from './deps.js';
import type { PriceUnknown } from './failures.js';
import type { Payer } from './payer.js';
import { onSale, type PaidPrice, paidOnce, unlessPriceGone } from './prices.js';
import { openSession, type SessionWanted } from './sessions.js';
import { usageOf } from './usage/usage-price.js';

export type CheckoutWanted = {
  readonly mode: CheckoutMode;
  readonly priceId?: string | undefined;
  readonly successUrl: string;
  readonly cancelUrl: string;
};

/** Where a payer goes when they are done. */
export const returnUrls = (
  { settings }: Pick<BillingDeps, 'settings'>,
  { successUrl, cancelUrl }: Pick<CheckoutWanted, 'successUrl' | 'cancelUrl'>,
) => {
  const allowed = allowedBy(settings);
  return redirectUrl(successUrl, 'success_url', allowed).andThen((success) =>
    redirectUrl(cancelUrl, 'cancel_url', allowed).map((cancel) => ({
      successUrl: success,
      cancelUrl: cancel,
    })),
  );
};

/** The hosts that the settings name, if they name any, and our own. */
export const allowedBy = ({ redirectHosts, publishedBaseUrl }: BillingSettings): AllowedHosts => ({
  hosts: redirectHosts,
  home: publishedBaseUrl,
});

type Prices = Pick<SessionWanted, 'price' | 'usage'>;

const pricesOf = (
  deps: BillingDeps,
  { mode, priceId }: CheckoutWanted,
): ResultAsync<Prices, PriceUnknown | PaymentsNotConfigured | Unavailable> => {
  if (mode === 'setup') return okAsync({ price: undefined });
  return mode === 'payment'
    ? paidOnce(deps)(priceId).map((price) => ({ price }))
    : onSale(deps)(priceId).map(({ price }) => withUsage(deps, price));
};

/** A price to subscribe to, with that of what is used beside it. */
export const withUsage = (deps: Pick<BillingDeps, 'settings'>, price: PaidPrice): Prices => ({
  price: price.processorId,
  usage: usageOf(deps, price),
});

/** A page of the processor's to pay on. That it was paid is told by the processor; by itself it grants nothing. */
export const openCheckout = (deps: BillingDeps) => (wanted: CheckoutWanted, payer: Payer, once?: Once) =>
  safeTry(async function* () {
    const urls = yield* returnUrls(deps, wanted);
    const prices = yield* pricesOf(deps, wanted);
    return openSession(deps)({ mode: wanted.mode, ...prices, ...urls }, payer, once).orElse(
      unlessPriceGone(deps, prices.price),
    );
  });
