import type { AccountId } from '../shared/ids.js';
import type { Instant } from '../shared/time.js';
import type { SellerId } from './seller.js';

/** Who pays a seller: one of our accounts, at most one customer of each seller. */
export type Customer = {
  readonly id: string;
  readonly version: number;
  readonly sellerId: SellerId;
  readonly payer: AccountId;
  /** The processor's id of it; undefined until the processor has been told. */
  readonly processorId?: string | undefined;
  readonly createdAt: Instant;
};

export const newCustomer = (
  id: string,
  sellerId: SellerId,
  payer: AccountId,
  createdAt: Instant,
): Customer => ({ id, version: 1, sellerId, payer, createdAt });
