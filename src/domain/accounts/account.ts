import type { AccountId, UserId } from '../shared/ids.js';
import type { Instant } from '../shared/time.js';

/** What an account is called in each contract; each facet carries a public number of its own. */
export type Facet = 'project' | 'organization' | 'workspace' | 'store' | 'personal';

/** A platform account can be sold to and can sell; a personal one is its user's own. */
export const FACETS = {
  platform: ['project', 'organization', 'workspace', 'store'],
  personal: ['personal'],
} as const satisfies Record<string, readonly Facet[]>;

export type AccountKind = keyof typeof FACETS;

/** The isolation boundary: everything anybody owns lies in exactly one account. */
export type Account = {
  readonly id: AccountId;
  readonly version: number;
  readonly kind: AccountKind;
  readonly name: string;
  readonly creatorId: UserId;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  /** Soft deletion: the row stays for the audit trail, no reader finds it. */
  readonly deletedAt?: Instant | undefined;
};

export const newAccount = (
  id: AccountId,
  kind: AccountKind,
  name: string,
  creatorId: UserId,
  at: Instant,
): Account => ({ id, version: 1, kind, name, creatorId, createdAt: at, updatedAt: at });

export const renameAccount = (account: Account, name: string, at: Instant): Account => ({
  ...account,
  name,
  updatedAt: at,
});

export const deleteAccount = (account: Account, at: Instant): Account => ({
  ...account,
  updatedAt: at,
  deletedAt: at,
});
