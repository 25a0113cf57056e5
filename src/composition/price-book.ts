import type { Container } from 'inversify';
import { ConfigError } from './config.js';
import { contexts } from './tokens.js';

/** The price book as the settings say, before anything is metered by it. */
export const updatePriceBook = async (container: Container): Promise<void> => {
  const updated = await container.get(contexts.billing).updatePriceBook();
  if (updated.isOk()) return;
  if (updated.error.kind === 'unavailable')
    throw new Error('the price book cannot be written', { cause: updated.error.cause });
  throw new ConfigError(
    `PRICE_CURRENCY: the prices of this deployment are in ${updated.error.currency}, and a deployment has one currency.`,
  );
};
