import { err, ok, okAsync, type ResultAsync, safeTry } from 'neverthrow';
import type { Account } from '../../domain/accounts/account.js';
import {
  deny,
  INVITATION_LIFETIME,
  type Invited,
  type Membership,
  mayGrant,
  mayLeave,
  changeRole as withRole,
} from '../../domain/accounts/membership.js';
import { emailAddress } from '../../domain/accounts/user.js';
import { atLeast, type Caller, type Member, type Role } from '../../domain/shared/principal.js';
import { plus } from '../../domain/shared/time.js';
import type { MembershipView } from '../../ports/accounts/readers.js';
import type { AccountsTx } from '../../ports/accounts/unit-of-work.js';
import { type Forbidden, NOT_FOUND, type NotFound, type Unavailable } from '../../ports/shared/failure.js';
import type { Once } from '../../ports/shared/idempotency.js';
import { impossible } from '../shared/impossible.js';
import { claim } from '../shared/once.js';
import { byCaller } from '../shared/record.js';
import { memberRefused } from '../shared/refused.js';
import type { AccountsDeps } from './deps.js';
import { letterJob } from './emails.js';
import { acceptInvitation, asInvalid, redeemInvitation } from './register.js';

const eventOf = (m: Membership, type: string, caller: Caller) => ({
  stream: m.id,
  seq: m.version,
  type,
  accountId: m.accountId,
  data: { role: m.role },
  at: caller.at,
});

/** An invitation by letter: whoever comes with its token within seven days is a member. */
export const invite =
  (deps: AccountsDeps) => (input: { email: string; role: Role }, member: Member, once?: Once) =>
    safeTry(async function* () {
      const email = yield* emailAddress(input.email);
      if (!mayGrant(member.role, input.role)) return err(needs('owner'));
      yield* deps.limits.consume('mail_address', member.address);
      const { at, accountId } = member;
      const common = { id: deps.ids.next(), version: 1, accountId, createdAt: at } as const;
      const invited: Invited = {
        ...common,
        email,
        role: input.role,
        status: 'invited',
        invitationSentAt: at,
      };
      const token = deps.random.token(32);
      const made = deps.accounts.run((tx) =>
        claim(tx, once, { ids: { membership: invited.id } }).andThen((before) =>
          before
            ? tx.memberships.get(before.ids['membership'] ?? '').andThen((m) => view(tx, m))
            : addInvited(deps, tx, invited, token, member),
        ),
      );
      return memberRefused(deps.accounts, member, made);
    });

const addInvited = (deps: AccountsDeps, tx: AccountsTx, invited: Invited, token: string, member: Member) =>
  safeTry(async function* () {
    const { accountId, email, role, createdAt: at } = invited;
    const { dataKey } = yield* tx.accounts.lockLive(accountId);
    if (yield* tx.memberships.ofEmail(accountId, email)) return err({ kind: 'already_member' as const });
    yield* tx.quota.take(accountId, 'members', 1, at);
    yield* tx.memberships.add(invited);
    const expiresAt = plus(at, INVITATION_LIFETIME);
    const hash = deps.digest.sha256(token);
    yield* tx.oneTimeTokens.add({
      hash,
      purpose: 'invitation',
      subjectId: invited.id,
      createdAt: at,
      expiresAt,
    });
    const shown = yield* view(tx, invited);
    const letter = { template: 'invitation', to: email, token, project: shown.account.name } as const;
    const delivery = letterJob(deps, { id: accountId, dataKey }, letter, at);
    yield* tx.events.append(eventOf(invited, 'membership.invited', member), delivery);
    const deed = { accountId, action: 'membership.invite', target: invited.id, data: { role } };
    yield* tx.audit.record(byCaller(member, deed));
    return ok(shown);
  });

/**
 * The caller becomes the member that the token stands for. The token is used up by the time a client
 * asks again whose answer was lost: then its Idempotency-Key tells what it has become.
 */
export const acceptMembership = (deps: AccountsDeps) => (token: string, caller: Caller, once?: Once) =>
  deps.accounts.run((tx) =>
    safeTry(async function* () {
      const id = yield* tx.oneTimeTokens.subjectOf(deps.digest.sha256(token), 'invitation').mapErr(asInvalid);
      const before = yield* claim(tx, once, { ids: { membership: id } });
      if (before)
        return ok(
          yield* tx.memberships
            .get(id)
            .andThen((m) => view(tx, m))
            .mapErr(asInvalid),
        );
      const accepted = yield* acceptInvitation(deps, tx, token, caller.userId, caller);
      const deed = { accountId: accepted.accountId, action: 'membership.accept', target: accepted.id };
      yield* tx.audit.record(byCaller(caller, deed));
      return ok(yield* view(tx, accepted).mapErr(impossible('not_found')));
    }),
  );

export const denyMembership = (deps: AccountsDeps) => (token: string, caller: Caller) =>
  deps.accounts.run((tx) =>
    safeTry(async function* () {
      const invited = yield* redeemInvitation(deps, tx, token, caller);
      const denied = yield* tx.memberships
        .save(deny(invited, caller.at))
        .mapErr(impossible('already_member'));
      yield* tx.quota.release(denied.accountId, 'members', 1);
      yield* tx.events.append(eventOf(denied, 'membership.denied', caller));
      const deed = { accountId: denied.accountId, action: 'membership.deny', target: denied.id };
      yield* tx.audit.record(byCaller(caller, deed));
      return ok(yield* view(tx, denied).mapErr(impossible('not_found')));
    }),
  );

export const changeRole =
  ({ accounts }: AccountsDeps) =>
  (input: { id: string; role: Role }, member: Member) =>
    accounts.run((tx) =>
      safeTry(async function* () {
        const current = yield* own(tx, input.id, member);
        const changed = yield* withRole(current, input.role, yield* tx.memberships.otherOwners(current));
        const saved = yield* tx.memberships.save(changed).mapErr(impossible('already_member'));
        yield* tx.events.append(eventOf(saved, 'membership.role_changed', member));
        const data = { before: current.role, after: saved.role };
        const deed = { accountId: saved.accountId, action: 'membership.change_role', target: saved.id, data };
        yield* tx.audit.record(byCaller(member, deed));
        return ok(yield* view(tx, saved));
      }),
    );

/** Owners remove anybody, admins withdraw invitations, everybody may leave; the last owner stays. */
export const removeMembership =
  ({ accounts }: AccountsDeps) =>
  (id: string, member: Member) =>
    accounts.run((tx) =>
      safeTry(async function* () {
        const current = yield* own(tx, id, member);
        if (!mayRemove(member, current)) return err(needs('owner'));
        yield* mayLeave(current, yield* tx.memberships.otherOwners(current));
        yield* tx.memberships.remove(current);
        yield* letGo(tx, current, member);
        const removed = { ...current, version: current.version + 1 };
        yield* tx.events.append(eventOf(removed, 'membership.removed', member));
        const deed = { accountId: current.accountId, action: 'membership.remove', target: current.id };
        yield* tx.audit.record(byCaller(member, deed));
        return ok(undefined);
      }),
    );

/** What a membership held while it lasted: its place in the quota, and an open invitation's token. */
const letGo = (
  tx: AccountsTx,
  { status, id, accountId }: Membership,
  { at }: Member,
): ResultAsync<void, Unavailable> => {
  if (status === 'denied') return okAsync(undefined);
  const token = status === 'invited' ? tx.oneTimeTokens.withdraw('invitation', id, at) : okAsync(undefined);
  return token.andThen(() => tx.quota.release(accountId, 'members', 1));
};

const needs = (role: Role): Forbidden => ({ kind: 'forbidden', needs: role });

const mayRemove = (member: Member, target: Membership): boolean =>
  member.role === 'owner' ||
  (target.status === 'accepted' && target.userId === member.userId) ||
  (target.status !== 'accepted' && atLeast(member.role, 'admin'));

/** A membership of the caller's own account; any other one does not exist for them. */
const own = (tx: AccountsTx, id: string, member: Member): ResultAsync<Membership, NotFound | Unavailable> =>
  tx.memberships.get(id).andThen((m) => (m.accountId === member.accountId ? ok(m) : err(NOT_FOUND)));

const view = (tx: AccountsTx, membership: Membership): ResultAsync<MembershipView, NotFound | Unavailable> =>
  safeTry(async function* () {
    const account: Account = yield* tx.accounts.get(membership.accountId);
    if (membership.status !== 'accepted') return ok({ membership, account });
    return ok({ membership, account, user: yield* tx.users.get(membership.userId) });
  });
