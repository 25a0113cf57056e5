import type { ResultAsync } from 'neverthrow';
import type { Source } from '../../domain/fleet/file-system.js';
import type { AccountId } from '../../domain/shared/ids.js';
import type { NotFound, Unavailable } from '../shared/failure.js';
import type { StoreAddress } from '../shared/store-address.js';

/** How the objects of a source are reached by somebody who is not this process. */
export type SourceAccess = {
  readonly address: StoreAddress;
  readonly bucket: string;
  /** Empty, or ends in a slash. */
  readonly prefix: string;
};

/** There, but not in a state in which its objects can be reached, or not by anybody outside this process. */
export type SourceNotReady = { readonly kind: 'source_not_ready'; readonly reason: string };

/** What the fleet asks of whoever keeps buckets and connections. */
export type Sources = {
  readonly access: (
    account: AccountId,
    source: Source,
  ) => ResultAsync<SourceAccess, NotFound | SourceNotReady | Unavailable>;
};
