import type { Result, ResultAsync } from 'neverthrow';
import type { AccountId, UserId } from '../../domain/shared/ids.js';
import type { Instant } from '../../domain/shared/time.js';
import type { NotFound, Unavailable } from '../shared/failure.js';

/** What links lead into. */
export type LinkedContainer = { readonly kind: 'bucket' | 'connection'; readonly id: string };

/** Whose right a link hands on: a user's, and the API key's if they came with one. */
export type LinkSigner = { readonly userId: UserId; readonly keyId?: string | undefined };

/** Counts how often all links of a container were revoked; a link holds only while it carries this number. */
export type LinkEpochs = {
  readonly current: (
    account: AccountId,
    container: LinkedContainer,
  ) => ResultAsync<number, NotFound | Unavailable>;
  /** One more than it was; in one statement. */
  readonly raise: (
    account: AccountId,
    container: LinkedContainer,
  ) => ResultAsync<number, NotFound | Unavailable>;
};

/** Asked at every use of a link, in one statement. */
export type LinkStanding = (
  link: {
    readonly accountId: AccountId;
    readonly container: LinkedContainer;
    readonly signer: LinkSigner;
  },
  at: Instant,
) => ResultAsync<number | undefined, Unavailable>;

/** Text that nobody else can make or change. It is not hidden. */
export type LinkTokens = {
  /** Safe as one segment of a URL's path. */
  readonly sign: (text: string) => string;
  readonly open: (token: string) => Result<string, LinkInvalid>;
};

/** Altered, expired, revoked, for something else, or its maker's right is gone: its holder is not told which. */
export type LinkInvalid = { readonly kind: 'link_invalid' };
export const LINK_INVALID: LinkInvalid = { kind: 'link_invalid' };
