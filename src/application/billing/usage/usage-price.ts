import { okAsync, type ResultAsync } from 'neverthrow';
import { usageBeside, usageTermsIn } from '../../../domain/billing/usage-price.js';
import type { Catalogue } from '../../../ports/billing/catalogue.js';
import type { BillingDeps } from '../deps.js';
import { PLATFORM_CONNECTION } from '../events/connections.js';
import type { ProcessorFailure } from '../failures.js';
import type { PaidPrice } from '../prices.js';

/** The name of the price by usage that goes with a plan's; an intent keeps it, for whoever acts on it. */
export const usageOf = (
  { settings }: Pick<BillingDeps, 'settings'>,
  { cost, every }: PaidPrice,
): string | undefined => usageBeside({ currency: cost.currency, every }, settings.storage.currency);

/** The processor's price of this name, made when it is first wanted; undefined where there is none to be. */
export const usagePrice = (
  { ensureUsagePrice }: Pick<Catalogue, 'ensureUsagePrice'>,
  usage: string | undefined,
): ResultAsync<string | undefined, ProcessorFailure> => {
  const terms = usageTermsIn(usage);
  return terms === undefined
    ? okAsync(undefined)
    : ensureUsagePrice(PLATFORM_CONNECTION, terms).map(({ id }) => id);
};
