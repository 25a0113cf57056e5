import type { Customer } from '../../../domain/billing/customer.js';
import { PLATFORM, type SellerId } from '../../../domain/billing/seller.js';
import { isLive, type Subscription } from '../../../domain/billing/subscription.js';
import type { AccountId } from '../../../domain/shared/ids.js';
import type { Resource } from '../../../domain/shared/principal.js';
import type { Standing, Standings } from '../../../ports/billing/standings.js';
import type { MemoryLook, MemoryStore } from '../kit/store.js';
import { newestFirst, TABLES } from './rows.js';

/** How an account stands with a seller at the moment of the look. */
export const standingSeen = (
  look: MemoryLook,
  payer: AccountId,
  seller: SellerId = PLATFORM,
): Standing | undefined => {
  const customer = look<Customer>(TABLES.customers)
    .all()
    .find((row) => row.payer === payer && row.sellerId === seller);
  if (customer?.processorId === undefined) return undefined;
  const subscriptions = look<Subscription>(TABLES.subscriptions)
    .all()
    .filter((row) => row.customerId === customer.id && row.processor !== undefined)
    .sort(newestFirst);
  const { processor } = subscriptions.find(isLive) ?? subscriptions[0] ?? {};
  return {
    customerId: customer.processorId,
    subscription: processor && { id: processor.id, status: processor.status, priceId: processor.priceId },
  };
};

/** The standing that came along with an account, or of many at one moment. */
export const memoryStandings = (store: MemoryStore): Standings => ({
  standingIn: (resource: Resource | undefined) => resource as Standing | undefined,
  standingsOf: (seller, payers) =>
    store.look(
      (look) =>
        new Map(
          payers.flatMap((payer): [AccountId, Standing][] => {
            const standing = standingSeen(look, payer, seller);
            return standing ? [[payer, standing]] : [];
          }),
        ),
    ),
});
