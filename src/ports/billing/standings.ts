import type { ResultAsync } from 'neverthrow';
import type { SellerId } from '../../domain/billing/seller.js';
import type { AccountId } from '../../domain/shared/ids.js';
import type { Resource } from '../../domain/shared/principal.js';
import type { Unavailable } from '../shared/failure.js';

/** How an account stands with a seller's processor, in the processor's ids and words. */
export type Standing = {
  readonly customerId: string;
  /** The live one; else the one that began last. */
  readonly subscription?:
    | { readonly id: string; readonly status: string; readonly priceId: string }
    | undefined;
};

/** For those who only show it: nothing is decided by a standing. */
export type Standings = {
  /** The standing that was seen when a member of the account was let in. */
  readonly standingIn: (resource: Resource | undefined) => Standing | undefined;
  /** Of these accounts, as far as they are customers that the processor knows. */
  readonly standingsOf: (
    seller: SellerId,
    payers: readonly AccountId[],
  ) => ResultAsync<ReadonlyMap<AccountId, Standing>, Unavailable>;
};
