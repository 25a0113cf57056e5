import { okAsync, type ResultAsync } from 'neverthrow';
import { PLATFORM } from '../../domain/billing/seller.js';
import type { Subscription } from '../../domain/billing/subscription.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { BillingDeps } from './deps.js';
import type { Payer } from './payer.js';

/** What an account has, or had last; undefined: it never had any. */
export const getSubscription =
  ({ readers }: Pick<BillingDeps, 'readers'>) =>
  ({ accountId }: Pick<Payer, 'accountId'>): ResultAsync<Subscription | undefined, Unavailable> =>
    readers
      .customerOf(PLATFORM, accountId)
      .andThen((customer) => (customer ? readers.subscriptionOf(PLATFORM, customer.id) : okAsync(undefined)));
