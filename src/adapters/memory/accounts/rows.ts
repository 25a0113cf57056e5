import type { Account, Facet } from '../../../domain/accounts/account.js';
import type { ApiKey } from '../../../domain/accounts/api-key.js';
import type { User } from '../../../domain/accounts/user.js';
import type { AccountId, UserId } from '../../../domain/shared/ids.js';
import type { Instant } from '../../../domain/shared/time.js';
import type { OneTimeTokens, Session } from '../../../ports/accounts/unit-of-work.js';
import type { DataKey } from '../../../ports/shared/sealer.js';
import { TABLES as SHARED } from '../shared/rows.js';

export type UserColumns = { readonly passwordHash: string };
/** An erased account has lost its key. */
export type AccountColumns = { readonly dataKey?: DataKey | undefined };
export type FacetRow = { readonly accountId: AccountId; readonly facet: Facet; readonly number: number };
export type UserRow = User & UserColumns;
export type AccountRow = Account & AccountColumns;
export type ApiKeyRow = ApiKey & {
  readonly hash: string;
  readonly revokedAt?: Instant | undefined;
  /** In whose quota it counts. */
  readonly countedIn?: AccountId | undefined;
};
export type SessionRow = Session & { readonly revokedAt?: Instant | undefined };
export type TokenRow = Parameters<OneTimeTokens['add']>[0] & { readonly usedAt?: Instant | undefined };

/** Table names are those of PostgreSQL, so that a test may look at either. */
export const TABLES = {
  users: 'users',
  accounts: SHARED.accounts,
  facets: 'account_facets',
  memberships: 'memberships',
  apiKeys: 'api_keys',
  organizationClients: 'organization_clients',
  sessions: 'sessions',
  tokens: 'one_time_tokens',
} as const;

export const splitUser = ({ passwordHash, ...user }: UserRow): readonly [User, UserColumns] => [
  user,
  { passwordHash },
];
export const splitAccount = ({ dataKey, ...account }: AccountRow): readonly [Account, AccountColumns] => [
  account,
  { dataKey },
];
/** The one live account that is its user's own. */
export const personalAccountOf = (rows: readonly AccountRow[], id: UserId): AccountRow | undefined =>
  rows.find((row) => row.kind === 'personal' && row.creatorId === id && row.deletedAt === undefined);
export const apiKeyOf = ({ hash: _, revokedAt: __, countedIn: ___, ...key }: ApiKeyRow): ApiKey => key;
