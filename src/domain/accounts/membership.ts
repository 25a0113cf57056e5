import { err, ok, type Result } from 'neverthrow';
import type { AccountId, UserId } from '../shared/ids.js';
import { atLeast, type Role } from '../shared/principal.js';
import { DAY, type Instant } from '../shared/time.js';
import type { EmailAddress } from './user.js';

type Common = {
  readonly id: string;
  readonly version: number;
  readonly accountId: AccountId;
  readonly role: Role;
  readonly createdAt: Instant;
};
/** An address was asked in; who comes is whoever holds the token. */
export type Invited = Common & {
  readonly status: 'invited';
  readonly email: EmailAddress;
  readonly invitationSentAt: Instant;
};
export type Accepted = Common & {
  readonly status: 'accepted';
  readonly userId: UserId;
  readonly email?: EmailAddress | undefined;
  readonly invitationSentAt?: Instant | undefined;
  readonly invitationAcceptedAt?: Instant | undefined;
};
export type Denied = Common & {
  readonly status: 'denied';
  readonly email: EmailAddress;
  readonly invitationSentAt: Instant;
  readonly invitationDeniedAt: Instant;
};
export type Membership = Invited | Accepted | Denied;

/** The whole lifecycle; removing a membership ends it from any state. */
export const lifecycle = {
  invited: { accept: 'accepted', deny: 'denied' },
  accepted: {},
  denied: {},
} as const satisfies Record<Membership['status'], Record<string, Membership['status']>>;

/** An invitation can be answered for this long. */
export const INVITATION_LIFETIME = 7 * DAY;

export const founding = (id: string, accountId: AccountId, userId: UserId, at: Instant): Accepted => ({
  id,
  version: 1,
  accountId,
  userId,
  role: 'owner',
  status: 'accepted',
  createdAt: at,
});

export const accept = (m: Invited, userId: UserId, at: Instant): Accepted => ({
  ...m,
  status: 'accepted',
  userId,
  invitationAcceptedAt: at,
});

export const deny = (m: Invited, at: Instant): Denied => ({ ...m, status: 'denied', invitationDeniedAt: at });

export type LastOwner = { readonly kind: 'last_owner' };

/** An account is never without an owner: the last one neither leaves nor steps down. */
export const changeRole = (m: Membership, role: Role, otherOwners: number): Result<Membership, LastOwner> =>
  losesOwner(m, role) && otherOwners === 0 ? err({ kind: 'last_owner' }) : ok({ ...m, role });

export const mayLeave = (m: Membership, otherOwners: number): Result<Membership, LastOwner> =>
  losesOwner(m, undefined) && otherOwners === 0 ? err({ kind: 'last_owner' }) : ok(m);

const losesOwner = (m: Membership, role: Role | undefined): boolean =>
  m.status === 'accepted' && m.role === 'owner' && role !== 'owner';

/** Nobody hands out more than they have, and only owners make owners or admins' peers. */
export const mayGrant = (granter: Role, role: Role): boolean =>
  granter === 'owner' || (atLeast(granter, 'admin') && role === 'member');
