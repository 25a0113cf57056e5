import { err, errAsync, ok, okAsync, type ResultAsync } from 'neverthrow';
import * as z from 'zod';
import type { PlatformUser, WorkspaceMember } from '../../../application/entitlements/workspaces/views.js';
import type { PlatformCapability } from '../../../domain/entitlements/workspace.js';
import { atLeast, type Caller, type Role } from '../../../domain/shared/principal.js';
import { type Forbidden, NOT_FOUND, type NotFound, type Unavailable } from '../../../ports/shared/failure.js';
import type { Admission, Guard } from '../kit/guard.js';
import { authenticated } from '../pages/guards.js';
import type { App } from './app.js';

/** Whoever has a form in hand: the token it must come back with. */
type WithForm = { readonly csrf: string };
export type SignedIn = Caller & WithForm;
export type Operator = PlatformUser & WithForm;
export type Worker = WorkspaceMember & WithForm;

/** Nobody is told of a workspace: those who may choose one are led there. */
export type Unchosen = NotFound & { readonly unchosen: true };
const UNCHOSEN: Unchosen = { ...NOT_FOUND, unchosen: true };

/** Browsers are led to the door, programs are told 401. */
const NOT_SIGNED_IN = [303, 401] as const;

/** Enters a plane; whoever has no part in it is told that there is nothing. */
const entering =
  <P extends Caller, E extends { readonly kind: string }>(
    enter: (app: App, caller: Caller) => ResultAsync<P, E | NotFound | Unavailable>,
    lacks: (found: P) => string | undefined,
  ): Guard<App, P & WithForm>['admit'] =>
  (app, presented) =>
    authenticated(app, { kind: 'none' }, presented).andThen(({ identity, caller, csrf }) =>
      enter(app, caller)
        .map((found): Admission<P & WithForm> => {
          const needs = lacks(found);
          const refused: Forbidden | undefined =
            needs === undefined ? undefined : { kind: 'forbidden', needs };
          return { identity, place: refused ? err(refused) : ok({ ...found, csrf }) };
        })
        .orElse((failure) => outside<P & WithForm>(identity, failure)),
    );

const outside = <P>(
  identity: string,
  failure: { readonly kind: string },
): ResultAsync<Admission<P>, Unavailable> => {
  if (failure.kind === 'unavailable') return errAsync(failure as Unavailable);
  return okAsync({ identity, place: err(failure.kind === 'workspace_not_chosen' ? UNCHOSEN : NOT_FOUND) });
};

/** Any signed-in user, whatever plane they are in. */
export const user: Guard<App, SignedIn> = {
  security: 'cookie',
  statuses: NOT_SIGNED_IN,
  admit: (app, presented) =>
    authenticated(app, { kind: 'none' }, presented).map(({ identity, caller, csrf }) => ({
      identity,
      place: ok({ ...caller, csrf }),
    })),
};

const NEEDED = {
  directory: 'the right to look into the directory of workspaces',
  commercial: 'the right to manage how workspaces stand commercially',
} as const satisfies Record<PlatformCapability, string>;

/** Somebody of the platform with this capability. */
export const operator = (needed: PlatformCapability): Guard<App, Operator> => ({
  security: 'cookie',
  statuses: [...NOT_SIGNED_IN, 403, 404],
  admit: entering(
    ({ workspaces }, caller) => workspaces.enterSystem(caller),
    ({ capabilities }) => (capabilities.includes(needed) ? undefined : NEEDED[needed]),
  ),
});

/** Somebody at work in the workspace of their session, with at least this role there. */
export const inWorkspace = (role: Role): Guard<App, Worker> => ({
  security: 'cookie',
  statuses: [...NOT_SIGNED_IN, 403, 404],
  admit: entering(
    ({ workspaces }, caller) => workspaces.enterWorkspace(caller),
    (member) => (atLeast(member.role, role) ? undefined : `the role "${role}"`),
  ),
});

/** What a program sends in the place of a form's hidden field. */
export const CsrfHeader = z.object({ 'x-csrf-token': z.string().max(200).default('') });
type CsrfHeader = z.output<typeof CsrfHeader>;
export const csrfIn = (headers: CsrfHeader): { readonly csrf: string } => ({
  csrf: headers['x-csrf-token'],
});
