import * as z from 'zod';
import { paged, pageQuery } from '../kit/page.js';
import { empty, json } from '../kit/reply.js';
import { route } from './contract.js';
import { inProject, user } from './guards.js';
import { presentMembership } from './present.js';
import { ProjectParams } from './projects.routes.js';
import { Id, MembershipDto, RoleDto } from './schemas.js';
import { membershipList } from './users.routes.js';

const MembershipParams = ProjectParams.extend({ membership_id: Id });
const Token = z.object({ token: z.string().min(1).max(200) });

export const listProjectMemberships = route({
  operationId: 'listProjectMemberships',
  at: 'GET /v1/projects/{project_id}/memberships',
  summary: 'The members of a project, and who is invited',
  auth: inProject('member'),
  request: { params: ProjectParams, query: pageQuery({ fallback: 1000, max: 1000 }) },
  run: ({ accounts, pages }, { query, principal }) =>
    paged(pages, `members:${principal.accountId}`, query, (page) => accounts.listMembers(principal, page)),
  reply: membershipList,
  errors: { invalid_page_token: 400 },
});

export const inviteMember = route({
  operationId: 'inviteMember',
  at: 'POST /v1/projects/{project_id}/memberships',
  summary: 'Invite somebody by e-mail',
  auth: inProject('admin', 'members'),
  request: { params: ProjectParams },
  body: { kind: 'json', schema: z.object({ email: z.string().max(254), role: RoleDto }) },
  idempotent: true,
  run: ({ accounts }, { body, principal, once }) => accounts.invite(body, principal, once),
  reply: json(201, MembershipDto, presentMembership),
  errors: { invalid_email: 400, forbidden: 403, quota_exceeded: 403, not_found: 404, already_member: 409 },
});

export const changeMemberRole = route({
  operationId: 'changeMemberRole',
  at: 'PATCH /v1/projects/{project_id}/memberships/{membership_id}',
  summary: 'Change a member’s role',
  auth: inProject('owner', 'members'),
  request: { params: MembershipParams },
  body: { kind: 'json', schema: z.object({ role: RoleDto }) },
  run: ({ accounts }, { params, body, principal }) =>
    accounts.changeRole({ id: params.membership_id, role: body.role }, principal),
  reply: json(200, MembershipDto, presentMembership),
  errors: { not_found: 404, last_owner: 409 },
});

export const removeMember = route({
  operationId: 'removeMember',
  at: 'DELETE /v1/projects/{project_id}/memberships/{membership_id}',
  summary: 'Remove a member, withdraw an invitation, or leave',
  auth: inProject('member', 'members'),
  request: { params: MembershipParams },
  run: ({ accounts }, { params, principal }) => accounts.removeMembership(params.membership_id, principal),
  reply: empty(204),
  errors: { forbidden: 403, not_found: 404, last_owner: 409 },
});

export const resendInvitation = route({
  operationId: 'resendInvitation',
  at: 'POST /v1/projects/{project_id}/memberships/{membership_id}:resend',
  summary: 'Send an invitation again; the token of the first letter works no longer',
  auth: inProject('admin', 'members'),
  request: { params: MembershipParams },
  run: ({ accounts }, { params, principal }) => accounts.resendInvitation(params.membership_id, principal),
  reply: json(200, MembershipDto, presentMembership),
  errors: { not_found: 404, not_invited: 409 },
});

export const acceptInvitation = route({
  operationId: 'acceptInvitation',
  at: 'POST /v1/invitations:accept',
  summary: 'Become a member with an invitation’s token',
  auth: user('members'),
  body: { kind: 'json', schema: Token },
  idempotent: true,
  run: ({ accounts }, { body, principal, once }) => accounts.acceptMembership(body.token, principal, once),
  reply: json(200, MembershipDto, presentMembership),
  errors: { invalid_invitation: 400, already_member: 409 },
});

export const denyInvitation = route({
  operationId: 'denyInvitation',
  at: 'POST /v1/invitations:deny',
  summary: 'Refuse an invitation by its token',
  auth: user('members'),
  body: { kind: 'json', schema: Token },
  run: ({ accounts }, { body, principal }) => accounts.denyMembership(body.token, principal),
  reply: json(200, MembershipDto, presentMembership),
  errors: { invalid_invitation: 400 },
});
