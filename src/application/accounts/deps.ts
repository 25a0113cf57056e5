import type { Access } from '../../ports/accounts/access.js';
import type { AccessTokens } from '../../ports/accounts/access-tokens.js';
import type { OrganizationTokens } from '../../ports/accounts/organization-tokens.js';
import type { AccountsReaders } from '../../ports/accounts/readers.js';
import type { AccountsUnitOfWork } from '../../ports/accounts/unit-of-work.js';
import type { AccountKeys } from '../../ports/shared/account-keys.js';
import type { AuditTrail } from '../../ports/shared/audit-trail.js';
import type { Clock } from '../../ports/shared/clock.js';
import type { Digest } from '../../ports/shared/digest.js';
import type { Email } from '../../ports/shared/email.js';
import type { Ids } from '../../ports/shared/ids.js';
import type { Passwords } from '../../ports/shared/passwords.js';
import type { Pause } from '../../ports/shared/pause.js';
import type { Random } from '../../ports/shared/random.js';
import type { RateLimits } from '../../ports/shared/rate-limits.js';
import type { Sealer } from '../../ports/shared/sealer.js';

/** Attempts per (address of mail, address of peer), per peer, per address of mail; mails sent per peer. */
export type AccountLimit = 'login_pair' | 'login_address' | 'login_email' | 'mail_address';

export type AccountsSettings = {
  readonly registration: 'open' | 'invite' | 'closed';
  /** Where links in e-mails lead. */
  readonly baseUrl: string;
  /** How long a session lasts, in milliseconds. */
  readonly sessionLifetime: number;
};

/** What the use cases of accounts ask of the world. */
export type AccountsDeps = {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
  readonly digest: Digest;
  readonly passwords: Passwords;
  readonly pause: Pause;
  readonly sealer: Sealer;
  readonly accountKeys: AccountKeys;
  readonly accounts: AccountsUnitOfWork;
  readonly access: Access;
  readonly readers: AccountsReaders;
  readonly tokens: AccessTokens;
  /** Of the contract in which users act for themselves: neither opens what the other does. */
  readonly personalTokens: AccessTokens;
  readonly organizationTokens: OrganizationTokens;
  readonly auditTrail: AuditTrail;
  readonly limits: RateLimits<AccountLimit>;
  readonly email: Email;
  readonly settings: AccountsSettings;
};
