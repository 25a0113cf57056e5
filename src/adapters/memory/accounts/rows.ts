import type { Account } from '../../../domain/accounts/account.js';
import type { ApiKey } from '../../../domain/accounts/api-key.js';
import type { User } from '../../../domain/accounts/user.js';
import type { Instant } from '../../../domain/shared/time.js';
import type { OneTimeTokens, Session } from '../../../ports/accounts/unit-of-work.js';
import type { DataKey } from '../../../ports/shared/sealer.js';
import { TABLES as SHARED } from '../shared/rows.js';

export type UserColumns = { readonly passwordHash: string };
/** An erased account has lost its key. */
export type AccountColumns = { readonly dataKey?: DataKey | undefined };
export type UserRow = User & UserColumns;
export type AccountRow = Account & AccountColumns;
export type ApiKeyRow = ApiKey & { readonly hash: string; readonly revokedAt?: Instant | undefined };
export type SessionRow = Session & { readonly revokedAt?: Instant | undefined };
export type TokenRow = Parameters<OneTimeTokens['add']>[0] & { readonly usedAt?: Instant | undefined };

/** Table names are those of PostgreSQL, so that a test may look at either. */
export const TABLES = {
  users: 'users',
  accounts: SHARED.accounts,
  facets: 'account_facets',
  memberships: 'memberships',
  apiKeys: 'api_keys',
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
export const apiKeyOf = ({ hash: _, revokedAt: __, ...key }: ApiKeyRow): ApiKey => key;
