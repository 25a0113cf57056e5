import type { ResultAsync } from 'neverthrow';
import type { OrganizationClient } from '../../domain/accounts/organization-client.js';
import type { AccountId } from '../../domain/shared/ids.js';
import type { Page, PageRequest } from '../../domain/shared/page.js';
import type { Instant } from '../../domain/shared/time.js';
import type { NotFound, Unavailable } from '../shared/failure.js';

/** Clients of organizations in a unit of work; revoked ones are gone for every reader. */
export type OrganizationClients = {
  readonly add: (client: OrganizationClient, secretHash: string) => ResultAsync<void, Unavailable>;
  /** Only the account’s own. */
  readonly get: (account: AccountId, id: string) => ResultAsync<OrganizationClient, NotFound | Unavailable>;
  readonly revoke: (
    account: AccountId,
    id: string,
    at: Instant,
  ) => ResultAsync<OrganizationClient, NotFound | Unavailable>;
};

/** A client that stands, of an organization that lives. */
export type StandingClient = {
  readonly client: OrganizationClient;
  /** What people call the organization. */
  readonly organizationName: string;
  readonly secretHash: string;
};

/** Committed rows. */
export type OrganizationClientReaders = {
  /** Undefined: there is none, it is revoked, or its organization is deleted. */
  readonly standingClient: (id: string) => ResultAsync<StandingClient | undefined, Unavailable>;
  readonly clientsOf: (
    account: AccountId,
    page: PageRequest<string>,
  ) => ResultAsync<Page<OrganizationClient, string>, Unavailable>;
};
