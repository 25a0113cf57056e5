import type { ResultAsync } from 'neverthrow';
import type { Account } from '../../domain/accounts/account.js';
import type { ApiKey } from '../../domain/accounts/api-key.js';
import type { Accepted, Membership } from '../../domain/accounts/membership.js';
import type { EmailAddress, User } from '../../domain/accounts/user.js';
import type { AccountId, UserId } from '../../domain/shared/ids.js';
import type { Role } from '../../domain/shared/principal.js';
import type { Instant } from '../../domain/shared/time.js';
import type { NotFound, StaleVersion, Unavailable } from '../shared/failure.js';
import type { DataKey } from '../shared/sealer.js';
import type { SharedTx } from '../shared/shared-tx.js';
import type { UnitOfWork } from '../shared/unit-of-work.js';
import type { Onboarding } from './onboarding.js';
import type { OrganizationClients } from './organization-clients.js';
import type { Uses } from './uses.js';

export type EmailTaken = { readonly kind: 'email_taken' };
export type AlreadyMember = { readonly kind: 'already_member' };

/** `save` is a compare-and-set on `version` and answers the row with the next one. */
export type Users = {
  readonly get: (id: UserId) => ResultAsync<User, NotFound | Unavailable>;
  readonly byEmail: (email: EmailAddress) => ResultAsync<User, NotFound | Unavailable>;
  readonly add: (user: User, passwordHash: string) => ResultAsync<void, EmailTaken | Unavailable>;
  readonly save: (user: User) => ResultAsync<User, StaleVersion | Unavailable>;
  readonly setPassword: (id: UserId, passwordHash: string) => ResultAsync<void, Unavailable>;
};

/** What keeps an account from being deleted. */
export type Occupant = 'resource' | 'subscription';

export type Accounts = {
  /** Live accounts only. */
  readonly get: (id: AccountId) => ResultAsync<Account, NotFound | Unavailable>;
  /** Adds the account with the facets of its kind. */
  readonly add: (account: Account, dataKey: DataKey) => ResultAsync<void, Unavailable>;
  readonly save: (account: Account) => ResultAsync<Account, StaleVersion | Unavailable>;
  /** The personal account of a user, with its data key. */
  readonly personalOf: (
    id: UserId,
  ) => ResultAsync<{ readonly id: AccountId; readonly dataKey: DataKey }, NotFound | Unavailable>;
  /** What of any other context still lives in the account; a subscription where nothing else does. */
  readonly occupant: (id: AccountId) => ResultAsync<Occupant | undefined, Unavailable>;
};

export type Memberships = {
  readonly get: (id: string) => ResultAsync<Membership, NotFound | Unavailable>;
  readonly add: (m: Membership) => ResultAsync<void, AlreadyMember | Unavailable>;
  readonly save: (m: Membership) => ResultAsync<Membership, AlreadyMember | StaleVersion | Unavailable>;
  readonly remove: (m: Membership) => ResultAsync<void, StaleVersion | Unavailable>;
  /** Accepted owners other than this membership, locked until the unit ends. */
  readonly otherOwners: (m: Membership) => ResultAsync<number, Unavailable>;
  /** The role of an accepted member, if the user is one and the account is live. */
  readonly roleOf: (account: AccountId, user: UserId) => ResultAsync<Role | undefined, Unavailable>;
  /** The accepted membership of a user with this address, if any. */
  readonly ofEmail: (
    account: AccountId,
    email: EmailAddress,
  ) => ResultAsync<Accepted | undefined, Unavailable>;
};

export type ApiKeys = {
  /** `countsIn`: in whose quota it counts until it is revoked, or has expired. */
  readonly add: (key: ApiKey, hash: string, countsIn?: AccountId) => ResultAsync<void, Unavailable>;
  readonly get: (user: UserId, id: string) => ResultAsync<ApiKey, NotFound | Unavailable>;
  /** Only the user's own; revoked ones are gone for every reader. Answers in whose quota it counted until now. */
  readonly revoke: (
    user: UserId,
    id: string,
    at: Instant,
  ) => ResultAsync<AccountId | undefined, NotFound | Unavailable>;
  /** Expired ones count in the account's quota no more. Answers how many did until now. */
  readonly discount: (account: AccountId, at: Instant) => ResultAsync<number, Unavailable>;
};

export type Session = {
  readonly id: string;
  readonly userId: UserId;
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
};
export type Sessions = {
  readonly add: (session: Session) => ResultAsync<void, Unavailable>;
  readonly revoke: (id: string, at: Instant) => ResultAsync<void, Unavailable>;
  /** All of a user's sessions but `except`. */
  readonly revokeAll: (user: UserId, at: Instant, except?: string) => ResultAsync<void, Unavailable>;
};

export type TokenPurpose = 'verify_email' | 'reset_password' | 'invitation';
export type OneTimeTokens = {
  readonly add: (token: {
    readonly hash: string;
    readonly purpose: TokenPurpose;
    readonly subjectId: string;
    readonly createdAt: Instant;
    readonly expiresAt: Instant;
  }) => ResultAsync<void, Unavailable>;
  /** Uses the token up in one statement: of two who come with it, one finds it. Answers its subject. */
  readonly redeem: (
    hash: string,
    purpose: TokenPurpose,
    at: Instant,
  ) => ResultAsync<string, NotFound | Unavailable>;
  /** Whom a token stands for or stood for, used up and expired ones included. */
  readonly subjectOf: (hash: string, purpose: TokenPurpose) => ResultAsync<string, NotFound | Unavailable>;
  /** Uses up all open tokens of a subject, so that only the newest one sent works. */
  readonly withdraw: (
    purpose: TokenPurpose,
    subjectId: string,
    at: Instant,
  ) => ResultAsync<void, Unavailable>;
};

export type AccountsTx = SharedTx & {
  readonly users: Users;
  readonly accounts: Accounts;
  readonly memberships: Memberships;
  readonly apiKeys: ApiKeys;
  readonly organizationClients: OrganizationClients;
  readonly sessions: Sessions;
  readonly oneTimeTokens: OneTimeTokens;
  readonly uses: Uses;
  readonly onboarding: Onboarding;
};
export type AccountsUnitOfWork = UnitOfWork<AccountsTx>;
