import { err, errAsync, ok, okAsync, type Result, ResultAsync } from 'neverthrow';
import type { Account } from '../../domain/accounts/account.js';
import { isUseWorthNoting, KEY_START } from '../../domain/accounts/api-key.js';
import { type Caller, lesser, type Member, type Role, type Visit } from '../../domain/shared/principal.js';
import type { Credential, Identity, Target } from '../../ports/accounts/access.js';
import { NOT_FOUND, type NotFound, type Unavailable } from '../../ports/shared/failure.js';
import { recent } from '../shared/recent.js';
import type { AccountsDeps } from './deps.js';

/** A member who also has the account's row in hand: it was read with the membership. */
export type AccountMember = Member & { readonly account: Account };

export type Unauthenticated = { readonly kind: 'unauthenticated' };
const UNAUTHENTICATED: Unauthenticated = { kind: 'unauthenticated' };
/** Who is asking, and as what in the account the request is about (`not_found` when they have no part in it). */
export type Admitted = { readonly caller: Caller; readonly place: Result<AccountMember, NotFound> };

type Deps = Pick<AccountsDeps, 'access' | 'tokens' | 'digest'>;

/**
 * Identity, membership and account from an Authorization header in one look-up. Keys that belong to
 * one project see no other; a role cap counts from here on. This stands before every request, and so it is
 * chained by `andThen` and plain results: `safeTry`, `map` and `mapErr` cost several microtasks a step.
 */
export const authenticate = (deps: Deps): Authenticate => {
  const identified = identify(deps);
  return (authorization, target, visit) =>
    identified(authorization, target, visit).andThen((identity) => ok(admitted(identity, visit)));
};

/**
 * The same by what was found for this token and target not longer ago than a decision may be old: for questions that
 * are asked all the time and change nothing (ADR 20).
 */
export const authenticateRecently = (deps: Deps & Pick<AccountsDeps, 'clock'>): Authenticate => {
  const identified = identify(deps);
  const recall = recent<Identity, Unauthenticated | Unavailable>({ clock: deps.clock, most: RECENT_CALLERS });
  return (authorization, target, visit) =>
    recall(`${authorization} ${target.kind} ${'id' in target ? target.id : ''}`, (at) =>
      identified(authorization, target, { ...visit, at }),
    ).andThen((identity) => ok(admitted(identity, visit)));
};

/** Callers of this process that are remembered at a time. */
const RECENT_CALLERS = 10_000;

type Asked<T> = (
  authorization: string | undefined,
  target: Target,
  visit: Visit,
) => ResultAsync<T, Unauthenticated | Unavailable>;
type Authenticate = Asked<Admitted>;

const identify =
  (deps: Deps): Asked<Identity> =>
  (authorization, target, visit) =>
    credentialOf(deps, authorization, visit)
      .andThen((credential) => deps.access.find(credential, target, visit.at))
      .andThen((identity) => noted(deps, identity, visit));

/**
 * The same where users act for themselves, in their personal account: by a session's token alone, for API keys
 * belong to the contract that makes them.
 */
export const authenticateOwn =
  ({ access, tokens }: Pick<Deps, 'access' | 'tokens'>) =>
  (
    authorization: string | undefined,
    visit: Visit,
  ): ResultAsync<AccountMember, Unauthenticated | Unavailable> => {
    const token = bearerOf(authorization);
    if (token === undefined) return errAsync(UNAUTHENTICATED);
    return sessionOf(tokens, token, visit)
      .andThen((credential) => access.find(credential, { kind: 'personal' }, visit.at))
      .andThen((identity) => (identity ? ok(admitted(identity, visit)) : err(UNAUTHENTICATED)))
      .andThen(({ place }) => place.mapErr(() => UNAUTHENTICATED));
  };

/** Keeps when a key was used last, where that is worth a write. */
const noted = (
  { access }: Deps,
  identity: Identity | undefined,
  { at }: Visit,
): Result<Identity, Unauthenticated | Unavailable> | ResultAsync<Identity, Unauthenticated | Unavailable> => {
  if (!identity) return err(UNAUTHENTICATED);
  return identity.via.kind === 'api_key' && isUseWorthNoting(identity.lastUsedAt, at)
    ? access.noteKeyUse(identity.via.id, at).map(() => identity)
    : ok(identity);
};

// Field by field: to spread objects into one another takes longer than all else that is done here.
const admitted = (identity: Identity, { at, address, requestId }: Visit): Admitted => {
  const { userId, via, platformAdmin } = identity;
  const caller = { at, address, requestId, userId, via, platformAdmin };
  return { caller, place: placeOf(identity, caller) };
};

const credentialOf = (
  { tokens, digest }: Deps,
  authorization: string | undefined,
  visit: Visit,
): ResultAsync<Credential, Unauthenticated> => {
  const token = bearerOf(authorization);
  if (token === undefined) return errAsync(UNAUTHENTICATED);
  if (token.startsWith(KEY_START)) return okAsync({ kind: 'api_key', hash: digest.sha256(token) });
  return sessionOf(tokens, token, visit);
};

const bearerOf = (authorization: string | undefined): string | undefined =>
  /^Bearer +([\x21-\x7e]{1,4096})$/i.exec(authorization ?? '')?.[1];

const sessionOf = (
  tokens: AccountsDeps['tokens'],
  token: string,
  { at }: Visit,
): ResultAsync<Credential, Unauthenticated> =>
  new ResultAsync(
    tokens.verify(token, at).match(
      ({ sessionId }): Result<Credential, Unauthenticated> => ok({ kind: 'session', sessionId }),
      () => err(UNAUTHENTICATED),
    ),
  );

const placeOf = ({ via, place }: Identity, caller: Caller): Result<AccountMember, NotFound> => {
  if (!place) return err(NOT_FOUND);
  if (via.kind === 'session') return ok(memberIn(place, place.role, caller));
  if (via.accountId !== undefined && via.accountId !== place.account.id) return err(NOT_FOUND);
  return ok(memberIn(place, via.roleCap ? lesser(place.role, via.roleCap) : place.role, caller));
};

const memberIn = (
  { account, resource }: NonNullable<Identity['place']>,
  role: Role,
  { at, address, requestId, userId, via, platformAdmin }: Caller,
): AccountMember => ({
  at,
  address,
  requestId,
  userId,
  via,
  platformAdmin,
  accountId: account.id,
  role,
  resource,
  account,
});
