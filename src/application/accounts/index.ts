import { errAsync, type ResultAsync } from 'neverthrow';
import type { User } from '../../domain/accounts/user.js';
import type { Page, PageRequest } from '../../domain/shared/page.js';
import { type Caller, type Member, runsPlatform } from '../../domain/shared/principal.js';
import type { MembershipView } from '../../ports/accounts/readers.js';
import { NOT_FOUND, type NotFound, type Unavailable } from '../../ports/shared/failure.js';
import { forTenants } from '../shared/for-tenants.js';
import { impossible } from '../shared/impossible.js';
import { createApiKey, deleteApiKey } from './api-keys.js';
import { authenticate, authenticateRecently } from './authenticate.js';
import { callTally } from './call-tally.js';
import { authenticateClient, issueClientToken } from './client-tokens.js';
import type { AccountsDeps } from './deps.js';
import { EMAIL_JOB, sendEmail } from './emails.js';
import { acceptMembership, changeRole, denyMembership, invite, removeMembership } from './memberships.js';
import {
  createOrganizationClient,
  listOrganizationClients,
  revokeOrganizationClient,
} from './organization-clients.js';
import { personal } from './personal.js';
import { createProject, deleteProject, updateProject, updateUser } from './projects.js';
import { addUser, register } from './register.js';
import { resendInvitation } from './resend-invitation.js';
import { changePassword, login, logout, requestReset, resetPassword, verifyEmail } from './sessions.js';

/** The accounts context: who there is, what they may enter, and how they prove it. */
export const accounts = (deps: AccountsDeps) => {
  const calls = callTally(deps);
  return {
    authenticate: authenticate(deps),
    authenticateRecently: authenticateRecently(deps),
    personal: personal(deps),
    register: register(deps),
    addUser: addUser(deps),
    login: login(deps),
    logout: logout(deps),
    verifyEmail: verifyEmail(deps),
    requestReset: requestReset(deps),
    resetPassword: resetPassword(deps),
    changePassword: changePassword(deps),
    createProject: createProject(deps),
    updateProject: updateProject(deps),
    deleteProject: deleteProject(deps),
    listProjects: (caller: Caller, page: PageRequest<string>) => deps.readers.projectsOf(caller.userId, page),
    /** Only oneself: any other user does not exist for the caller. */
    getUser: (id: string, caller: Caller): ResultAsync<User, NotFound | Unavailable> =>
      id === caller.userId ? deps.readers.user(caller.userId) : errAsync(NOT_FOUND),
    /** The caller as they are now. */
    getMe: (caller: Caller) => deps.readers.user(caller.userId).mapErr(impossible('not_found')),
    updateUser: updateUser(deps),
    listMembershipsOf: (
      id: string,
      caller: Caller,
      page: PageRequest<string>,
    ): ResultAsync<Page<MembershipView, string>, NotFound | Unavailable> =>
      id === caller.userId ? deps.readers.membershipsOf(caller.userId, page) : errAsync(NOT_FOUND),
    listMembers: (member: Member, page: PageRequest<string>) =>
      deps.readers.membersOf(member.accountId, page),
    invite: invite(deps),
    resendInvitation: resendInvitation(deps),
    acceptMembership: acceptMembership(deps),
    denyMembership: denyMembership(deps),
    changeRole: changeRole(deps),
    removeMembership: removeMembership(deps),
    listApiKeys: (caller: Caller, page: PageRequest<string>) => deps.readers.apiKeysOf(caller.userId, page),
    createApiKey: createApiKey(deps),
    deleteApiKey: deleteApiKey(deps),
    createOrganizationClient: createOrganizationClient(deps),
    listOrganizationClients: listOrganizationClients(deps),
    revokeOrganizationClient: revokeOrganizationClient(deps),
    issueClientToken: issueClientToken(deps),
    authenticateClient: authenticateClient(deps, calls),
    /** Writes down the calls that this process has counted: about every second, and at the end. */
    flushCalls: calls.flush,
    /** What was done in the account, and what was refused, newest first; all of it only for who runs the platform. */
    auditTrail: (member: Member, page: PageRequest<string>) =>
      deps.auditTrail
        .of(member.accountId, page)
        .map((found) => (runsPlatform(member) ? found : { ...found, items: found.items.map(forTenants) })),
    jobs: { [EMAIL_JOB]: sendEmail(deps) },
  };
};
export type Accounts = ReturnType<typeof accounts>;
