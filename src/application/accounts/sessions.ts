import { err, ok, type ResultAsync, safeTry } from 'neverthrow';
import { emailAddress, type User } from '../../domain/accounts/user.js';
import type { UserId } from '../../domain/shared/ids.js';
import type { Caller, Visit } from '../../domain/shared/principal.js';
import { HOUR, plus } from '../../domain/shared/time.js';
import type { Busy, NotFound, Unavailable } from '../../ports/shared/failure.js';
import { impossible } from '../shared/impossible.js';
import { byCaller, byVisitor } from '../shared/record.js';
import type { AccountsDeps } from './deps.js';
import { letterJob } from './emails.js';

export type InvalidCredentials = { readonly kind: 'invalid_credentials' };
export type InvalidCode = { readonly kind: 'invalid_code' };
export type SignedIn = {
  readonly accessToken: string;
  readonly expiresInSeconds: number;
  readonly user: User;
};

const RESET_LIFETIME = HOUR;
/** An address of mail under attack from everywhere answers late, never not at all: nobody is locked out. */
const SLOW_DOWN_MS = 2_000;

/** A session and its token. Unknown address and wrong password are one answer, given in the same time. */
export const login = (deps: AccountsDeps) => (input: { email: string; password: string }, visit: Visit) =>
  safeTry(async function* () {
    const email = yield* emailAddress(input.email).mapErr(
      (): InvalidCredentials => ({ kind: 'invalid_credentials' }),
    );
    yield* withinLoginLimits(deps, email, visit);
    const found = yield* deps.readers.credentials(email);
    const right = yield* deps.passwords.verify(found?.passwordHash, input.password);
    if (!found || !right) return err({ kind: 'invalid_credentials' as const });
    yield* deps.limits.forgive('login_pair', `${email} ${visit.address}`);
    return openSession(deps, found.user, visit);
  });

/** Attempts to be somebody: `who` is an address of mail, or the id of a client. */
export const withinLoginLimits = (
  { limits, pause }: AccountsDeps,
  who: string,
  { address }: Visit,
): ResultAsync<void, Busy | Unavailable> =>
  limits
    .consume('login_address', address)
    .andThen(() => limits.consume('login_pair', `${who} ${address}`))
    .andThen(() =>
      limits
        .consume('login_email', who)
        .orElse((failure) => (failure.kind === 'rate_limited' ? pause.wait(SLOW_DOWN_MS) : err(failure))),
    );

const openSession = (
  { accounts, ids, tokens, settings }: AccountsDeps,
  user: User,
  { at }: Visit,
): ResultAsync<SignedIn, Unavailable> => {
  const session = {
    id: ids.next(),
    userId: user.id,
    createdAt: at,
    expiresAt: plus(at, settings.sessionLifetime),
  };
  return accounts
    .run((tx) => tx.sessions.add(session))
    .andThen(() =>
      tokens.issue({ sessionId: session.id, subject: user.id, at, expiresAt: session.expiresAt }),
    )
    .map((accessToken) => ({ accessToken, expiresInSeconds: settings.sessionLifetime / 1_000, user }));
};

/** Ends the session the caller came with; an API key has none and stays valid. */
export const logout =
  ({ accounts }: AccountsDeps) =>
  (caller: Caller) =>
    accounts.run((tx) => tx.sessions.revoke(caller.via.id, caller.at));

export const verifyEmail =
  ({ accounts, digest }: AccountsDeps) =>
  (token: string, visit: Visit) =>
    accounts.run((tx) =>
      safeTry(async function* () {
        const id = yield* tx.oneTimeTokens
          .redeem(digest.sha256(token), 'verify_email', visit.at)
          .mapErr(asInvalid);
        const user = yield* tx.users.get(id as UserId).mapErr(asInvalid);
        const saved = yield* tx.users.save({ ...user, emailVerifiedAt: visit.at, updatedAt: visit.at });
        const { id: accountId } = yield* tx.accounts.personalOf(saved.id).mapErr(impossible('not_found'));
        const type = 'user.email_verified';
        yield* tx.events.append({
          stream: saved.id,
          seq: saved.version,
          type,
          accountId,
          data: {},
          at: visit.at,
        });
        return ok(undefined);
      }),
    );

/** Sends a code to the address if somebody has it; the answer is the same when nobody does. */
export const requestReset = (deps: AccountsDeps) => (input: { email: string }, visit: Visit) =>
  safeTry(async function* () {
    yield* deps.limits.consume('mail_address', visit.address);
    const email = emailAddress(input.email);
    const found = email.isOk() ? yield* deps.readers.credentials(email.value) : undefined;
    return found ? sendReset(deps, found.user, visit) : ok(undefined);
  });

const sendReset = (deps: AccountsDeps, user: User, { at }: Visit) =>
  deps.accounts.run((tx) =>
    safeTry(async function* () {
      const token = deps.random.token(32);
      const account = yield* tx.accounts.personalOf(user.id).mapErr(impossible('not_found'));
      yield* tx.oneTimeTokens.withdraw('reset_password', user.id, at);
      yield* tx.oneTimeTokens.add({
        hash: deps.digest.sha256(token),
        purpose: 'reset_password',
        subjectId: user.id,
        createdAt: at,
        expiresAt: plus(at, RESET_LIFETIME),
      });
      yield* tx.jobs.enqueue(
        letterJob(deps, account, { template: 'reset_password', to: user.email, token }, at),
      );
      return ok(undefined);
    }),
  );

/** Sets a new password for whoever holds the code, and ends all sessions: a thief's as well. */
export const resetPassword =
  ({ accounts, digest, passwords }: AccountsDeps) =>
  (input: { token: string; newPassword: string }, visit: Visit) =>
    passwords.hash(input.newPassword).andThen((hash) =>
      accounts.run((tx) =>
        safeTry(async function* () {
          const id = yield* tx.oneTimeTokens
            .redeem(digest.sha256(input.token), 'reset_password', visit.at)
            .mapErr(asInvalid);
          yield* tx.users.setPassword(id as UserId, hash);
          yield* tx.sessions.revokeAll(id as UserId, visit.at);
          const { id: accountId } = yield* tx.accounts
            .personalOf(id as UserId)
            .mapErr(impossible('not_found'));
          yield* tx.audit.record(byVisitor(visit, { accountId, action: 'user.reset_password', target: id }));
          return ok(undefined);
        }),
      ),
    );

/** Asks for the current password, and ends every other session. */
export const changePassword =
  (deps: AccountsDeps) => (input: { currentPassword: string; newPassword: string }, caller: Caller) =>
    safeTry(async function* () {
      const current = yield* deps.readers.passwordHash(caller.userId).mapErr(impossible('not_found'));
      yield* deps.limits.consume('login_pair', `${caller.userId} ${caller.address}`);
      if (!(yield* deps.passwords.verify(current, input.currentPassword)))
        return err({ kind: 'wrong_password' as const });
      const hash = yield* deps.passwords.hash(input.newPassword);
      return deps.accounts.run((tx) =>
        safeTry(async function* () {
          yield* tx.users.setPassword(caller.userId, hash);
          yield* tx.sessions.revokeAll(caller.userId, caller.at, caller.via.id);
          const { id: accountId } = yield* tx.accounts
            .personalOf(caller.userId)
            .mapErr(impossible('not_found'));
          const deed = { accountId, action: 'user.change_password', target: caller.userId };
          yield* tx.audit.record(byCaller(caller, deed));
          return ok(undefined);
        }),
      );
    });

const asInvalid = <E extends { readonly kind: string }>(failure: E): Exclude<E, NotFound> | InvalidCode =>
  failure.kind === 'not_found' ? { kind: 'invalid_code' } : (failure as Exclude<E, NotFound>);
