import type { ResultAsync } from 'neverthrow';
import type { Account } from '../../domain/accounts/account.js';
import type { ApiKey } from '../../domain/accounts/api-key.js';
import type { Membership } from '../../domain/accounts/membership.js';
import type { EmailAddress, User } from '../../domain/accounts/user.js';
import type { AccountId, UserId } from '../../domain/shared/ids.js';
import type { Page, PageRequest } from '../../domain/shared/page.js';
import type { NotFound, Unavailable } from '../shared/failure.js';
import type { OrganizationClientReaders } from './organization-clients.js';

/** A membership with what a reader of it wants to see beside it. */
export type MembershipView = {
  readonly membership: Membership;
  readonly account: Account;
  readonly user?: User | undefined;
};

/** Read models: committed rows, newest state, each list ordered by id and bounded by its page. */
export type AccountsReaders = OrganizationClientReaders & {
  readonly user: (id: UserId) => ResultAsync<User, NotFound | Unavailable>;
  readonly credentials: (
    email: EmailAddress,
  ) => ResultAsync<{ readonly user: User; readonly passwordHash: string } | undefined, Unavailable>;
  /** The number by which contracts that count users know one: of the facet of their personal account. */
  readonly personalNumber: (id: UserId) => ResultAsync<number, NotFound | Unavailable>;
  readonly passwordHash: (id: UserId) => ResultAsync<string, NotFound | Unavailable>;
  /** Live platform accounts the user is an accepted member of. */
  readonly projectsOf: (
    id: UserId,
    page: PageRequest<string>,
  ) => ResultAsync<Page<Account, string>, Unavailable>;
  /** Accepted memberships of platform accounts: one's personal account is nobody's project. */
  readonly membershipsOf: (
    id: UserId,
    page: PageRequest<string>,
  ) => ResultAsync<Page<MembershipView, string>, Unavailable>;
  readonly membersOf: (
    id: AccountId,
    page: PageRequest<string>,
  ) => ResultAsync<Page<MembershipView, string>, Unavailable>;
  readonly apiKeysOf: (
    id: UserId,
    page: PageRequest<string>,
  ) => ResultAsync<Page<ApiKey, string>, Unavailable>;
};
