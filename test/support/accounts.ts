import { uuidv7 } from 'uuidv7';
import { type Account, newAccount } from '../../src/domain/accounts/account.js';
import type { ApiKey } from '../../src/domain/accounts/api-key.js';
import type { Accepted, Invited } from '../../src/domain/accounts/membership.js';
import type { EmailAddress, User } from '../../src/domain/accounts/user.js';
import type { AccountId, UserId } from '../../src/domain/shared/ids.js';
import { HOUR, instant, plus } from '../../src/domain/shared/time.js';
import type { OneTimeTokens, Session } from '../../src/ports/accounts/unit-of-work.js';
import type { DataKey } from '../../src/ports/shared/sealer.js';

/** The moment at which everything a builder makes was made. */
export const AT = instant(Date.UTC(2026, 0, 31, 12));
export const DATA_KEY = 'the account key' as DataKey;
export const PASSWORD_HASH = 'the hash of a password';

export const newId = (): string => uuidv7();
export const newUserId = (): UserId => uuidv7() as UserId;
export const newAccountId = (): AccountId => uuidv7() as AccountId;
/** A digest as the database sees it, of something nobody knows. */
export const newHash = (): string => `sha256 of ${uuidv7()}`;
export const address = (text: string): EmailAddress => text as EmailAddress;

export const aUser = (over: Partial<User> = {}): User => {
  const id = over.id ?? newUserId();
  return {
    id,
    version: 1,
    email: address(`${id}@example.com`),
    firstName: 'Ada',
    platformAdmin: false,
    createdAt: AT,
    updatedAt: AT,
    ...over,
  };
};

export const anAccount = (creatorId: UserId, over: Partial<Account> = {}): Account => ({
  ...newAccount(newAccountId(), 'platform', 'An account', creatorId, AT),
  ...over,
});

export const aMember = (accountId: AccountId, userId: UserId, over: Partial<Accepted> = {}): Accepted => ({
  id: newId(),
  version: 1,
  accountId,
  userId,
  role: 'member',
  status: 'accepted',
  createdAt: AT,
  ...over,
});

export const anInvitation = (accountId: AccountId, over: Partial<Invited> = {}): Invited => {
  const id = over.id ?? newId();
  return {
    id,
    version: 1,
    accountId,
    email: address(`${id}@example.com`),
    role: 'member',
    status: 'invited',
    invitationSentAt: AT,
    createdAt: AT,
    ...over,
  };
};

export const anApiKey = (userId: UserId, over: Partial<ApiKey> = {}): ApiKey => ({
  id: newId(),
  userId,
  name: 'A key',
  prefix: 'th_123456',
  scopes: [],
  createdAt: AT,
  ...over,
});

export const aSession = (userId: UserId, over: Partial<Session> = {}): Session => ({
  id: newId(),
  userId,
  createdAt: AT,
  expiresAt: plus(AT, HOUR),
  ...over,
});

export type OneTimeToken = Parameters<OneTimeTokens['add']>[0];
export const aToken = (over: Partial<OneTimeToken> = {}): OneTimeToken => ({
  hash: newHash(),
  purpose: 'invitation',
  subjectId: newId(),
  createdAt: AT,
  expiresAt: plus(AT, HOUR),
  ...over,
});
