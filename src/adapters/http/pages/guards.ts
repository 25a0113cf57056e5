import { err, errAsync, ok, okAsync, type Result } from 'neverthrow';
import type { AccountMember } from '../../../application/accounts/authenticate.js';
import { isUuid } from '../../../domain/shared/ids.js';
import { atLeast, type Caller, type Role } from '../../../domain/shared/principal.js';
import type { Target } from '../../../ports/accounts/access.js';
import type { Forbidden, NotFound } from '../../../ports/shared/failure.js';
import type { Guard, Presented } from '../kit/guard.js';
import type { App } from './app.js';
import { readCookie, writeCookie } from './kit/cookies.js';
import { formToken } from './kit/csrf.js';
import { type Home, isSameOrigin } from './kit/same-origin.js';

/** Whoever has a form in hand: the token it must come back with. */
type WithForm = { readonly csrf: string };
/** Somebody who has not signed in; `cookies` tie the forms they are about to get to their browser. */
export type Visitor = WithForm & { readonly cookies: readonly string[] };
export type SignedIn = Caller & WithForm;
export type ProjectMember = AccountMember & WithForm;

const VISITOR_SECONDS = 24 * 60 * 60;
const NONCE = /^[\w-]{43}$/;

/** Open to all; counted by network address. */
export const anyone: Guard<App, undefined> = {
  security: 'none',
  statuses: [],
  admit: (_app, { visit }) => okAsync({ identity: `address:${visit.address}`, place: ok(undefined) }),
};

/** Somebody who is about to sign in or up. */
export const visitor: Guard<App, Visitor> = {
  security: 'none',
  statuses: [],
  admit: (app, { header, visit }) => {
    const known = readCookie(app, 'visitor', header('cookie'));
    const nonce = known !== undefined && NONCE.test(known) ? known : app.random.token(32);
    return okAsync({
      identity: `address:${visit.address}`,
      place: ok({
        csrf: formToken(app.digest, 'visitor', nonce),
        cookies: nonce === known ? [] : [writeCookie(app, 'visitor', nonce, VISITOR_SECONDS)],
      }),
    });
  },
};

/** Sessions only: neither an Authorization header nor an API key in the cookie opens a page. */
export const authenticated = (
  app: Pick<App, 'accounts' | 'digest' | 'https'>,
  target: Target,
  { header, visit }: Presented,
) => {
  const token = readCookie(app, 'session', header('cookie'));
  if (token === undefined) return errAsync({ kind: 'unauthenticated' as const });
  return app.accounts.authenticate(`Bearer ${token}`, target, visit).andThen((admitted) =>
    admitted.caller.via.kind === 'session'
      ? ok({
          ...admitted,
          identity: `user:${admitted.caller.userId}`,
          csrf: formToken(app.digest, 'session', token),
        })
      : err({ kind: 'unauthenticated' as const }),
  );
};

/** Any signed-in user. */
export const user: Guard<App, SignedIn> = {
  security: 'cookie',
  statuses: [303],
  admit: (app, presented) =>
    authenticated(app, { kind: 'none' }, presented).map(({ identity, caller, csrf }) => ({
      identity,
      place: ok({ ...caller, csrf }),
    })),
};

/** A member of the project named in the path, with at least this role there. */
export const inProject = (role: Role): Guard<App, ProjectMember> => ({
  security: 'cookie',
  statuses: role === 'member' ? [303, 404] : [303, 403, 404],
  admit: (app, presented) => {
    const id = presented.params['project_id'] ?? '';
    const target: Target = isUuid(id) ? { kind: 'project', id } : { kind: 'none' };
    return authenticated(app, target, presented).map(({ identity, place, csrf }) => ({
      identity,
      place: place.andThen(
        (member): Result<ProjectMember, NotFound | Forbidden> =>
          atLeast(member.role, role)
            ? ok({ ...member, csrf })
            : err({ kind: 'forbidden', needs: `the role "${role}"` }),
      ),
    }));
  },
});

const CROSS_SITE: Forbidden = { kind: 'forbidden', needs: 'a form of this very site' };

/** The same for what changes something: only from a page of ours, and nobody is led elsewhere with a form in hand. */
export const posted = <A extends Home, P>(guard: Guard<A, P>): Guard<A, P> => ({
  ...guard,
  statuses: [...new Set([...guard.statuses.map((status) => (status === 303 ? 401 : status)), 403 as const])],
  admit: (app, presented) =>
    guard.admit(app, presented).map(({ identity, place }) => ({
      identity,
      place: place.andThen(
        (principal): Result<P, NotFound | Forbidden> =>
          isSameOrigin(app, presented.header) ? ok(principal) : err(CROSS_SITE),
      ),
    })),
});
