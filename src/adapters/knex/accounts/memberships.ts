import type { Knex } from 'knex';
import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import * as z from 'zod';
import type { Membership } from '../../../domain/accounts/membership.js';
import type { EmailAddress } from '../../../domain/accounts/user.js';
import type { AccountId, UserId } from '../../../domain/shared/ids.js';
import { ROLES } from '../../../domain/shared/principal.js';
import { type Instant, iso } from '../../../domain/shared/time.js';
import type { AlreadyMember, Memberships } from '../../../ports/accounts/unit-of-work.js';
import { NOT_FOUND, type NotFound, type StaleVersion } from '../../../ports/shared/failure.js';
import { query, queryOr, UNIQUE_VIOLATION } from '../kit/query.js';
import { nullable, timestamptz } from '../kit/rows.js';

const email = z.string().transform((text) => text as EmailAddress);
const common = {
  id: z.string(),
  version: z.number(),
  account_id: z.string().transform((id) => id as AccountId),
  role: z.enum(ROLES),
  created_at: timestamptz,
};
const asked = { invited_email: email, invitation_sent_at: timestamptz };
const Row = z.discriminatedUnion('status', [
  z.object({ ...common, ...asked, status: z.literal('invited') }),
  z.object({
    ...common,
    status: z.literal('accepted'),
    user_id: z.string().transform((id) => id as UserId),
    invited_email: nullable(email),
    invitation_sent_at: nullable(timestamptz),
    invitation_accepted_at: nullable(timestamptz),
  }),
  z.object({ ...common, ...asked, status: z.literal('denied'), invitation_denied_at: timestamptz }),
]);
export const MEMBERSHIP_COLUMNS = [...new Set(Row.options.flatMap(({ shape }) => Object.keys(shape)))];

/** A row of `memberships` in the state it is in. */
export const membershipOf = (row: unknown): Membership => {
  const r = Row.parse(row);
  const base = {
    id: r.id,
    version: r.version,
    accountId: r.account_id,
    role: r.role,
    createdAt: r.created_at,
  };
  if (r.status === 'accepted')
    return {
      ...base,
      status: r.status,
      userId: r.user_id,
      email: r.invited_email,
      invitationSentAt: r.invitation_sent_at,
      invitationAcceptedAt: r.invitation_accepted_at,
    };
  const invitation = { ...base, email: r.invited_email, invitationSentAt: r.invitation_sent_at };
  return r.status === 'denied'
    ? { ...invitation, status: r.status, invitationDeniedAt: r.invitation_denied_at }
    : { ...invitation, status: r.status };
};

const orNull = (at: Instant | undefined): string | null => (at === undefined ? null : iso(at));

const toRow = (m: Membership) => ({
  id: m.id,
  version: m.version,
  account_id: m.accountId,
  user_id: m.status === 'accepted' ? m.userId : null,
  invited_email: m.email ?? null,
  role: m.role,
  status: m.status,
  invitation_sent_at: orNull(m.invitationSentAt),
  invitation_accepted_at: m.status === 'accepted' ? orNull(m.invitationAcceptedAt) : null,
  invitation_denied_at: m.status === 'denied' ? orNull(m.invitationDeniedAt) : null,
  created_at: iso(m.createdAt),
});

const ALREADY_MEMBER: AlreadyMember = { kind: 'already_member' };
/** The one rule a membership of each status may break; an answered "no" breaks none. */
const UNIQUE = {
  invited: "(account_id, invited_email) where status = 'invited'",
  accepted: "(user_id, account_id) where status = 'accepted'",
  denied: '(id)',
} as const satisfies Record<Membership['status'], string>;

const stale = (id: string): ResultAsync<never, StaleVersion> => errAsync({ kind: 'stale_version', id });
const RoleRow = z.object({ role: z.enum(ROLES) }).optional();

/** Memberships on one transaction: one per user and one open invitation per address in each account. */
export const knexMemberships = (trx: Knex): Memberships => ({
  get: (id) =>
    query(() => trx('memberships').where({ id }).first()).andThen((row) =>
      row === undefined ? errAsync<Membership, NotFound>(NOT_FOUND) : okAsync(membershipOf(row)),
    ),
  add: (m) =>
    query(() =>
      trx('memberships').insert(toRow(m)).onConflict(trx.raw(UNIQUE[m.status])).ignore().returning('id'),
    ).andThen((added) => (added.length === 0 ? errAsync(ALREADY_MEMBER) : okAsync(undefined))),
  save: (m) =>
    queryOr(UNIQUE_VIOLATION, ALREADY_MEMBER, () =>
      trx('memberships')
        .where({ id: m.id, version: m.version })
        .update({ ...toRow(m), version: m.version + 1 })
        .returning('*'),
    ).andThen(([row]) => (row === undefined ? stale(m.id) : okAsync(membershipOf(row)))),
  remove: (m) =>
    query(() => trx('memberships').where({ id: m.id, version: m.version }).delete()).andThen((removed) =>
      removed === 0 ? stale(m.id) : okAsync(undefined),
    ),
  // All owners are locked, this one too, and always in the same order: of two owners who leave at once the
  // second waits here, finds its snapshot outdated and runs again. Locking only the others would be a deadlock.
  otherOwners: (m) =>
    query(() =>
      trx('memberships')
        .where({ account_id: m.accountId, role: 'owner', status: 'accepted' })
        .orderBy('id')
        .forUpdate()
        .select('id'),
    ).map((owners: readonly { readonly id: string }[]) => owners.filter(({ id }) => id !== m.id).length),
  roleOf: (account, user) =>
    query(() =>
      trx('memberships as m')
        .join('accounts as a', 'a.id', 'm.account_id')
        .where({ 'm.user_id': user, 'm.account_id': account, 'm.status': 'accepted' })
        .whereNull('a.deleted_at')
        .first('m.role'),
    ).map((row) => RoleRow.parse(row)?.role),
  ofEmail: (account, address) =>
    query(() =>
      trx('memberships as m')
        .join('users as u', 'u.id', 'm.user_id')
        .where({ 'u.email': address, 'm.account_id': account, 'm.status': 'accepted' })
        .first('m.*'),
    ).map((row) => {
      const m = row === undefined ? undefined : membershipOf(row);
      return m?.status === 'accepted' ? m : undefined;
    }),
});
