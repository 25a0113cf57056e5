import type { ResultAsync } from 'neverthrow';
import type { Account } from '../../domain/accounts/account.js';
import type { UserId } from '../../domain/shared/ids.js';
import type { Resource, Role, Via } from '../../domain/shared/principal.js';
import type { Instant } from '../../domain/shared/time.js';
import type { Unavailable } from '../shared/failure.js';

/** What a caller showed, checked as far as that goes without the database. */
export type Credential =
  | { readonly kind: 'session'; readonly sessionId: string }
  | { readonly kind: 'api_key'; readonly hash: string };

/**
 * What the request is about: a platform account by its id (a personal one is no project), the caller's own
 * personal account, or whichever account owns a resource. Ids are well-formed.
 */
export type Target =
  | { readonly kind: 'none' }
  | { readonly kind: 'personal' }
  | { readonly kind: 'project'; readonly id: string }
  /** The same, and how the account stands with the platform, as the resource. */
  | { readonly kind: 'paying_project'; readonly id: string }
  | { readonly kind: 'bucket'; readonly id: string }
  | { readonly kind: 'connection'; readonly id: string }
  | { readonly kind: 'file_system'; readonly id: string }
  | { readonly kind: 'gateway'; readonly id: string };

/**
 * `place` is there when the target exists, is live (a file system's tombstone counts: who follows it hears of its end),
 * and the user is an accepted member of its account.
 */
export type Identity = {
  readonly userId: UserId;
  readonly platformAdmin: boolean;
  readonly via: Via;
  readonly lastUsedAt?: Instant | undefined;
  readonly place?:
    | {
        readonly account: Account;
        readonly role: Role;
        /** Of a bucket, so that nobody has to look for it again. */
        readonly resource?: Resource | undefined;
      }
    | undefined;
};

/** Identity, membership and the account's row in one statement: it stands before every authenticated request. */
export type Access = {
  /** Undefined: the session or key is unknown, expired or revoked at `at`. */
  readonly find: (
    credential: Credential,
    target: Target,
    at: Instant,
  ) => ResultAsync<Identity | undefined, Unavailable>;
  readonly noteKeyUse: (keyId: string, at: Instant) => ResultAsync<void, Unavailable>;
};
