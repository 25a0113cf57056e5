import { err, errAsync, ok, okAsync, type Result, type ResultAsync } from 'neverthrow';
import {
  capabilitiesOf,
  type PlatformCapability,
  type Workspace,
} from '../../../domain/entitlements/workspace.js';
import { atLeast, type Caller } from '../../../domain/shared/principal.js';
import { type Forbidden, NOT_FOUND, type NotFound, type Unavailable } from '../../../ports/shared/failure.js';
import { byCaller } from '../../shared/record.js';
import type { WorkspacesDeps } from './deps.js';
import type { PlatformUser, WorkspaceMember } from './views.js';

/** The session is in none of the several workspaces that its user has. */
export type WorkspaceNotChosen = { readonly kind: 'workspace_not_chosen' };
/** Only a session can be in a workspace. */
export type SessionNeeded = { readonly kind: 'session_needed' };

type Deps = Pick<WorkspacesDeps, 'readers' | 'workspaces'>;

/** Into the platform's plane. */
export const enterSystem =
  ({ readers }: Deps) =>
  (caller: Caller): ResultAsync<PlatformUser, NotFound | Unavailable> => {
    const viewer = caller.platformAdmin ? okAsync(true) : readers.isPlatformViewer(caller.userId);
    return viewer.andThen((platformViewer): Result<PlatformUser, NotFound> => {
      const capabilities = capabilitiesOf({ platformAdmin: caller.platformAdmin, platformViewer });
      return capabilities.length === 0 ? err(NOT_FOUND) : ok({ ...caller, capabilities });
    });
  };

/** Into the workspace that the session is in, or else the only one its user has. */
export const enterWorkspace =
  ({ readers }: Deps) =>
  (caller: Caller): ResultAsync<WorkspaceMember, NotFound | WorkspaceNotChosen | Unavailable> => {
    if (caller.via.kind !== 'session') return errAsync(NOT_FOUND);
    return readers
      .placesOf(caller.userId, caller.via.id)
      .andThen(([place, another]): Result<WorkspaceMember, NotFound | WorkspaceNotChosen> => {
        if (place === undefined) return err(NOT_FOUND);
        if (another !== undefined) return err({ kind: 'workspace_not_chosen' });
        const { workspace, role } = place;
        return ok({ ...caller, accountId: workspace.accountId, role, workspace });
      });
  };

/** The session is in this workspace from here on, if its user is a member of it. */
export const switchWorkspace =
  ({ readers, workspaces }: Deps) =>
  (caller: Caller, number: number): ResultAsync<Workspace, NotFound | SessionNeeded | Unavailable> => {
    const { via } = caller;
    if (via.kind !== 'session') return errAsync({ kind: 'session_needed' });
    return readers.ofMember(caller.userId, number).andThen((workspace) =>
      workspaces.run((tx) =>
        tx.accounts
          .lockLive(workspace.accountId)
          .andThen(() => tx.enter(via.id, workspace.accountId))
          .andThen(() =>
            tx.audit.record(
              byCaller(caller, {
                accountId: workspace.accountId,
                action: 'session.enter_workspace',
                target: via.id,
              }),
            ),
          )
          .map(() => workspace),
      ),
    );
  };

/** Refuses whoever has no such capability in the platform's plane. */
export const mayOnPlatform = (
  { capabilities }: PlatformUser,
  needed: PlatformCapability,
): Result<void, Forbidden> =>
  capabilities.includes(needed)
    ? ok(undefined)
    : err({ kind: 'forbidden', needs: `the capability "${needed}"` });

/** Owners and admins act in a workspace; members look. */
export const mayAct = ({ role }: WorkspaceMember): Result<void, Forbidden> =>
  atLeast(role, 'admin') ? ok(undefined) : err({ kind: 'forbidden', needs: 'the role "admin"' });
