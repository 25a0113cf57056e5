import { err, ok, okAsync, type Result, type ResultAsync } from 'neverthrow';
import type { AccountMember } from '../../../application/accounts/authenticate.js';
import type { Actor, Insider } from '../../../application/entitlements/actor.js';
import { type AccountId, isUuid } from '../../../domain/shared/ids.js';
import {
  atLeast,
  type Caller,
  hasScope,
  type KeyScope,
  type Role,
  runsPlatform,
} from '../../../domain/shared/principal.js';
import type { Target } from '../../../ports/accounts/access.js';
import type { Forbidden, NotFound, Unavailable } from '../../../ports/shared/failure.js';
import type { Guard, Presented, Unauthenticated } from '../kit/guard.js';
import type { App } from './app.js';

/** Open to all; counted by network address. */
export const anyone: Guard<App, undefined> = {
  security: 'none',
  statuses: [],
  admit: (_app, { visit }) => okAsync({ identity: `address:${visit.address}`, place: ok(undefined) }),
};

const identityOf = ({ via, userId }: Caller): string =>
  via.kind === 'api_key' ? `key:${via.id}` : `user:${userId}`;

const lacks = (via: Caller['via'], scope: KeyScope | undefined): Forbidden | undefined =>
  scope && !hasScope(via, scope)
    ? { kind: 'forbidden', needs: `an API key with the scope "${scope}"` }
    : undefined;

/** Any signed-in user. With a scope: an API key must have been given it. */
export const user = (scope?: KeyScope): Guard<App, Caller> => ({
  security: 'bearer',
  statuses: scope ? [401, 403] : [401],
  admit: ({ accounts }, { authorization, visit }) =>
    accounts.authenticate(authorization, { kind: 'none' }, visit).andThen(({ caller }) => {
      const missing = lacks(caller.via, scope);
      return ok({ identity: identityOf(caller), place: missing ? err(missing) : ok(caller) });
    }),
});

/** The caller in their place, when role and key allow what they ask for. */
const allowed = (
  found: AccountMember,
  role: Role,
  scope?: KeyScope,
): Result<AccountMember, NotFound | Forbidden> => {
  const missing = atLeast(found.role, role)
    ? lacks(found.via, scope)
    : ({ kind: 'forbidden', needs: `the role "${role}"` } as const);
  return missing ? err(missing) : ok(found);
};

/** Those who run the platform. */
export const platformAdmin: Guard<App, Caller> = {
  security: 'bearer',
  statuses: [401, 403],
  admit: ({ accounts }, { authorization, visit }) =>
    accounts.authenticate(authorization, { kind: 'none' }, visit).map(({ caller }) => ({
      identity: identityOf(caller),
      place: runsPlatform(caller) ? ok(caller) : err({ kind: 'forbidden', needs: 'a platform admin' }),
    })),
};

const member = (
  target: (params: Presented['params']) => Target,
  role: Role,
  scope?: KeyScope,
  ask: 'authenticate' | 'authenticateRecently' = 'authenticate',
): Guard<App, AccountMember> => ({
  security: 'bearer',
  statuses: role === 'member' && !scope ? [401, 404] : [401, 403, 404],
  admit: ({ accounts }, { authorization, params, visit }) =>
    // Not `map`, which costs several microtasks: this stands before nearly every request.
    accounts[ask](authorization, target(params), visit).andThen(({ caller, place }) =>
      ok({ identity: identityOf(caller), place: place.andThen((found) => allowed(found, role, scope)) }),
    ),
});

const targetOf = (kind: Exclude<Target['kind'], 'none' | 'personal'>, id: string | undefined): Target =>
  id !== undefined && isUuid(id) ? { kind, id } : { kind: 'none' };

/** A member of the project named in the path, with at least this role there. */
export const inProject = (role: Role, scope?: KeyScope): Guard<App, AccountMember> =>
  member((params) => targetOf('project', params['project_id']), role, scope);

/** The same, of whom we may know what was so 250 ms ago: for questions that stand before other people's requests. */
export const askingInProject = (role: Role): Guard<App, AccountMember> =>
  member((params) => targetOf('project', params['project_id']), role, undefined, 'authenticateRecently');

/** The same, with how the project stands with the platform. */
export const inPayingProject = (role: Role): Guard<App, AccountMember> =>
  member((params) => targetOf('paying_project', params['project_id']), role);

const bucketNamed = (params: Presented['params']): Target => targetOf('bucket', params['bucket_id']);

/** A member of the project that owns the bucket named in the path. */
export const onBucket = (role: Role): Guard<App, AccountMember> => member(bucketNamed, role);

const connectionNamed = (params: Presented['params']): Target => targetOf('connection', params['conn_id']);

/**
 * Who could come in 250 ms ago comes in. Who would be turned away is looked at anew, so that only what was taken away is
 * noticed late (ADR 22).
 */
const lately = (target: (params: Presented['params']) => Target, role: Role): Guard<App, AccountMember> => {
  const now = member(target, role);
  const then = member(target, role, undefined, 'authenticateRecently');
  return {
    ...now,
    admit: (app, presented) =>
      then
        .admit(app, presented)
        .andThen((admission) => (admission.place.isOk() ? okAsync(admission) : now.admit(app, presented))),
  };
};

/** The same as `onBucket` where objects are read and written one after the other. */
export const usingBucket = (role: Role): Guard<App, AccountMember> => lately(bucketNamed, role);

/** A member of the project that owns the connection named in the path. */
export const onConnection = (role: Role): Guard<App, AccountMember> => member(connectionNamed, role);

/** The same where one page of a listing is asked for after the other. */
export const usingConnection = (role: Role): Guard<App, AccountMember> => lately(connectionNamed, role);

/** A member of the project that owns the file system named in the path. */
export const onFileSystem = (role: Role): Guard<App, AccountMember> =>
  member((params) => targetOf('file_system', params['file_system_id']), role);

/** A member of the project that owns the gateway named in the path. */
export const onGateway = (role: Role): Guard<App, AccountMember> =>
  member((params) => targetOf('gateway', params['gateway_id']), role);

/** Somebody whose request names a project in its body, which is not read yet. */
export type Applicant = {
  readonly memberOf: (
    projectId: string,
  ) => ResultAsync<AccountMember, Unauthenticated | NotFound | Forbidden | Unavailable>;
};

/** Any signed-in user; the route asks for the member, with at least this role, once it knows the project. */
export const applicant = (role: Role): Guard<App, Applicant> => ({
  security: 'bearer',
  statuses: [401],
  admit: ({ accounts }, { authorization, visit }) =>
    accounts.authenticate(authorization, { kind: 'none' }, visit).map(({ caller }) => ({
      identity: identityOf(caller),
      place: ok({
        memberOf: (projectId) =>
          accounts
            .authenticate(authorization, targetOf('project', projectId), visit)
            .andThen(({ place }) => place)
            .andThen((found) => allowed(found, role)),
      }),
    })),
});

/** Somebody who tells what was used in projects that the body names. */
export type Recorder = {
  readonly by: Actor;
  /** A platform admin is one in every project. */
  readonly in: (
    projectId: string,
  ) => ResultAsync<Insider, Unauthenticated | NotFound | Forbidden | Unavailable>;
};

/** Any signed-in user; each project wants an admin of it, or one of the platform's. */
export const recorder: Guard<App, Recorder> = {
  security: 'bearer',
  statuses: [401],
  admit: ({ accounts }, { authorization, visit }) =>
    accounts.authenticate(authorization, { kind: 'none' }, visit).map(({ caller }) => {
      // What only the platform may do is not for keys that are confined.
      const platformAdmin = runsPlatform(caller);
      const by = { ...caller, platformAdmin };
      const memberIn = (projectId: string) =>
        accounts
          .authenticate(authorization, targetOf('project', projectId), visit)
          .andThen(({ place }) => place)
          .andThen((found) => allowed({ ...found, platformAdmin }, 'admin'));
      const place: Recorder = {
        by,
        in: (projectId) =>
          platformAdmin ? okAsync({ ...by, accountId: projectId as AccountId }) : memberIn(projectId),
      };
      return { identity: identityOf(caller), place: ok(place) };
    }),
};
