import { err, errAsync, ok, okAsync, type ResultAsync, safeTry } from 'neverthrow';
import { newAccount } from '../../domain/accounts/account.js';
import { accept, founding, type Membership } from '../../domain/accounts/membership.js';
import { emailAddress, type User } from '../../domain/accounts/user.js';
import type { AccountId, UserId } from '../../domain/shared/ids.js';
import type { Visit } from '../../domain/shared/principal.js';
import { DAY, plus } from '../../domain/shared/time.js';
import type { AccountsTx, AlreadyMember } from '../../ports/accounts/unit-of-work.js';
import type { NotFound, StaleVersion, Unavailable } from '../../ports/shared/failure.js';
import type { Once } from '../../ports/shared/idempotency.js';
import { impossible } from '../shared/impossible.js';
import { claim } from '../shared/once.js';
import { byVisitor } from '../shared/record.js';
import type { AccountsDeps } from './deps.js';
import { letterJob } from './emails.js';

export type Registration = {
  readonly email: string;
  readonly password: string;
  readonly firstName?: string | undefined;
  readonly lastName?: string | undefined;
  /** Accepts the invitation in the same breath; needed where registration is by invitation only. */
  readonly invitationToken?: string | undefined;
};
export type RegistrationClosed = { readonly kind: 'registration_closed' };
export type InvalidInvitation = { readonly kind: 'invalid_invitation' };

const VERIFICATION_LIFETIME = DAY;

/**
 * A user with a personal account of their own, and a letter to confirm the address. An address that
 * is taken answers `email_taken`, and its owner notices nothing.
 */
export const register = (deps: AccountsDeps) => (input: Registration, visit: Visit, once?: Once) =>
  mayRegister(deps, input)
    .andThen(() => deps.limits.consume('mail_address', visit.address))
    .andThen(() => addUser(deps)(input, visit, once));

/** The same whatever REGISTRATION says: for the demo's own user. */
export const addUser = (deps: AccountsDeps) => (input: Registration, visit: Visit, once?: Once) =>
  safeTry(async function* () {
    const email = yield* emailAddress(input.email);
    const passwordHash = yield* deps.passwords.hash(input.password);
    const { at } = visit;
    const user: User = {
      id: deps.ids.next() as UserId,
      version: 1,
      email,
      firstName: input.firstName,
      lastName: input.lastName,
      platformAdmin: false,
      createdAt: at,
      updatedAt: at,
    };
    return deps.accounts.run((tx) =>
      safeTry(async function* () {
        const before = yield* claim(tx, once, { ids: { user: user.id } });
        if (before)
          return ok(yield* tx.users.get(before.ids['user'] as UserId).mapErr(impossible('not_found')));
        yield* tx.users.add(user, passwordHash);
        yield* settleIn(deps, tx, user, visit);
        if (input.invitationToken)
          yield* acceptInvitation(deps, tx, input.invitationToken, user.id, visit).mapErr(
            impossible('already_member'),
          );
        return ok(user);
      }),
    );
  });

const mayRegister = (
  { settings }: AccountsDeps,
  input: Registration,
): ResultAsync<void, RegistrationClosed> => {
  const open =
    settings.registration === 'open' || (settings.registration === 'invite' && input.invitationToken);
  return open ? okAsync(undefined) : errAsync({ kind: 'registration_closed' });
};

/** The personal account, the confirmation letter, the event and the audit row of a new user. */
const settleIn = (
  deps: AccountsDeps,
  tx: AccountsTx,
  user: User,
  visit: Visit,
): ResultAsync<void, Unavailable> =>
  safeTry(async function* () {
    const { at } = visit;
    const id = deps.ids.next() as AccountId;
    const dataKey = deps.sealer.newDataKey(id);
    yield* tx.accounts.add(newAccount(id, 'personal', user.email, user.id, at), dataKey);
    yield* tx.memberships
      .add(founding(deps.ids.next(), id, user.id, at))
      .mapErr(impossible('already_member'));
    const token = deps.random.token(32);
    yield* tx.oneTimeTokens.add({
      hash: deps.digest.sha256(token),
      purpose: 'verify_email',
      subjectId: user.id,
      createdAt: at,
      expiresAt: plus(at, VERIFICATION_LIFETIME),
    });
    yield* tx.events.append(
      { stream: user.id, seq: user.version, type: 'user.registered', accountId: id, data: {}, at },
      letterJob(deps, { id, dataKey }, { template: 'verify_email', to: user.email, token }, at),
    );
    yield* tx.audit.record(byVisitor(visit, { accountId: id, action: 'user.register', target: user.id }));
    return ok(undefined);
  });

/** Uses the token up and makes its holder a member: the token decides, never the address it was sent to. */
export const acceptInvitation = (
  deps: Pick<AccountsDeps, 'digest'>,
  tx: AccountsTx,
  token: string,
  userId: UserId,
  visit: Visit,
): ResultAsync<Membership, InvalidInvitation | AlreadyMember | StaleVersion | Unavailable> =>
  safeTry(async function* () {
    const invited = yield* redeemInvitation(deps, tx, token, visit);
    const saved = yield* tx.memberships.save(accept(invited, userId, visit.at));
    yield* tx.events.append({
      stream: saved.id,
      seq: saved.version,
      type: 'membership.accepted',
      accountId: saved.accountId,
      data: { userId, role: saved.role },
      at: visit.at,
    });
    return ok(saved);
  });

/** The invitation a token stands for, its account locked live; the token is used up. */
export const redeemInvitation = (
  { digest }: Pick<AccountsDeps, 'digest'>,
  tx: AccountsTx,
  token: string,
  visit: Visit,
) =>
  safeTry(async function* () {
    const id = yield* tx.oneTimeTokens.redeem(digest.sha256(token), 'invitation', visit.at).mapErr(asInvalid);
    const membership = yield* tx.memberships.get(id).mapErr(asInvalid);
    if (membership.status !== 'invited') return err({ kind: 'invalid_invitation' as const });
    yield* tx.accounts.lockLive(membership.accountId).mapErr(asInvalid);
    return ok(membership);
  });

/** Whatever is not to be found of it: the invitation opens nothing. */
export const asInvalid = (failure: NotFound | Unavailable): InvalidInvitation | Unavailable =>
  failure.kind === 'not_found' ? { kind: 'invalid_invitation' } : failure;
