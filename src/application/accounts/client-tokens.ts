import { err, errAsync, ok, okAsync, type ResultAsync, safeTry } from 'neverthrow';
import {
  type ClientScope,
  clientRowId,
  grantedScopes,
  isSameDigest,
  publicClientId,
} from '../../domain/accounts/organization-client.js';
import type { AccountId } from '../../domain/shared/ids.js';
import type { Visit } from '../../domain/shared/principal.js';
import { HOUR, plus } from '../../domain/shared/time.js';
import type { StandingClient } from '../../ports/accounts/organization-clients.js';
import type { OrganizationClaims } from '../../ports/accounts/organization-tokens.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { Unauthenticated } from './authenticate.js';
import type { CallTally } from './call-tally.js';
import type { AccountsDeps } from './deps.js';
import { withinLoginLimits } from './sessions.js';

export type InvalidClient = { readonly kind: 'invalid_client' };
export type InvalidScope = { readonly kind: 'invalid_scope' };
export type ClientSecret = { readonly clientId: string; readonly secret: string };
export type IssuedToken = {
  readonly accessToken: string;
  readonly expiresInSeconds: number;
  readonly scopes: readonly ClientScope[];
};
/** A client with what its token says of it. */
export type ClientCaller = Visit & {
  readonly clientRowId: string;
  /** Undefined: the token stands for no organization. */
  readonly organizationId?: AccountId | undefined;
  readonly organizationName: string;
  readonly scopes: readonly string[];
};

const TOKEN_LIFETIME = HOUR;
const UNAUTHENTICATED: Unauthenticated = { kind: 'unauthenticated' };

/**
 * A token for whoever knows a client’s secret (RFC 6749 section 4.4). Unknown client and wrong secret are one
 * answer, given in the same time; guessing is slowed and stopped as it is at the login.
 */
export const issueClientToken =
  (deps: AccountsDeps) => (shown: ClientSecret, scope: string | undefined, visit: Visit) =>
    safeTry(async function* () {
      yield* withinLoginLimits(deps, shown.clientId, visit);
      const found = yield* standing(deps, shown.clientId);
      const hash = deps.digest.sha256(shown.secret);
      // Of nobody: compared all the same, so that both answers take the same time.
      const right = isSameDigest(found?.secretHash ?? deps.digest.sha256(''), hash);
      if (!found || !right) return err<never, InvalidClient>({ kind: 'invalid_client' });
      yield* deps.limits.forgive('login_pair', `${shown.clientId} ${visit.address}`);
      const scopes = grantedScopes(found.client.scopes, scope);
      if (!scopes) return err<never, InvalidScope>({ kind: 'invalid_scope' });
      const id = deps.ids.next();
      yield* counted(deps, id, found, visit);
      return issue(deps, id, found, scopes, visit);
    });

/** Before it is given out: a token that nobody counted opens nothing. */
const counted = (
  { accounts }: AccountsDeps,
  id: string,
  { client: { accountId } }: StandingClient,
  { at }: Visit,
): ResultAsync<void, Unavailable> =>
  accounts.runAdding((tx) =>
    tx.uses.count([{ accountId, feature: 'tokens_issued', amount: 1n, key: `token:${id}`, at }]),
  );

const issue = (
  { organizationTokens }: AccountsDeps,
  id: string,
  { client }: StandingClient,
  scopes: readonly ClientScope[],
  { at }: Visit,
): ResultAsync<IssuedToken, never> =>
  organizationTokens
    .issue(
      { clientId: publicClientId(client.id), organizationId: client.accountId, scopes },
      { id, at, expiresAt: plus(at, TOKEN_LIFETIME) },
    )
    .map((accessToken) => ({ accessToken, expiresInSeconds: TOKEN_LIFETIME / 1_000, scopes }));

const standing = (
  { readers }: AccountsDeps,
  clientId: string,
): ResultAsync<StandingClient | undefined, Unavailable> => {
  const id = clientRowId(clientId);
  return id === undefined ? okAsync(undefined) : readers.standingClient(id);
};

/**
 * The client behind a token: it stands at this very moment, and for the organization that the token names. Whatever
 * becomes of the call, it was one of that organization’s.
 */
export const authenticateClient =
  (deps: AccountsDeps, calls: Pick<CallTally, 'note'>) =>
  (
    authorization: string | undefined,
    visit: Visit,
  ): ResultAsync<ClientCaller, Unauthenticated | Unavailable> => {
    const [, token] = /^Bearer +([\x21-\x7e]{1,4096})$/i.exec(authorization ?? '') ?? [];
    if (!token) return errAsync(UNAUTHENTICATED);
    return deps.organizationTokens
      .verify(token, visit.at)
      .mapErr(() => UNAUTHENTICATED)
      .andThen((claims) => standing(deps, claims.clientId).andThen((found) => callerOf(claims, found, visit)))
      .andTee(({ organizationId }) => organizationId && calls.note(organizationId));
  };

const callerOf = (
  { organizationId, scopes }: OrganizationClaims,
  found: StandingClient | undefined,
  visit: Visit,
) =>
  found && (organizationId ?? found.client.accountId) === found.client.accountId
    ? ok<ClientCaller>({
        ...visit,
        clientRowId: found.client.id,
        organizationId,
        organizationName: found.organizationName,
        scopes,
      })
    : err(UNAUTHENTICATED);
