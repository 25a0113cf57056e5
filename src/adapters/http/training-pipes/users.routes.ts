import * as z from 'zod';
import type { MembershipView } from '../../../ports/accounts/readers.js';
import { paged, pageQuery, type TokenPage } from '../kit/page.js';
import { json } from '../kit/reply.js';
import { route } from './contract.js';
import { user } from './guards.js';
import { presentMembership, presentUser } from './present.js';
import { Id, listOf, MembershipDto, Name, UserDto } from './schemas.js';

const UserParams = z.object({ user_id: Id });

export const getMe = route({
  operationId: 'getMe',
  at: 'GET /v1/me',
  summary: 'The caller',
  auth: user(),
  run: ({ accounts }, { principal }) => accounts.getMe(principal),
  reply: json(200, UserDto, presentUser),
  errors: {},
});

export const getUser = route({
  operationId: 'getUser',
  at: 'GET /v1/users/{user_id}',
  summary: 'A user profile: only the caller’s own',
  auth: user(),
  request: { params: UserParams },
  run: ({ accounts }, { params, principal }) => accounts.getUser(params.user_id, principal),
  reply: json(200, UserDto, presentUser),
  errors: { not_found: 404 },
});

export const updateUser = route({
  operationId: 'updateUser',
  at: 'PATCH /v1/users/{user_id}',
  summary: 'Change the caller’s own names',
  auth: user(),
  request: { params: UserParams },
  body: { kind: 'json', schema: z.object({ first_name: Name.optional(), last_name: Name.optional() }) },
  run: ({ accounts }, { params, body, principal }) =>
    accounts
      .getUser(params.user_id, principal)
      .andThen(() =>
        accounts.updateUser({ firstName: body.first_name, lastName: body.last_name }, principal),
      ),
  reply: json(200, UserDto, presentUser),
  errors: { not_found: 404 },
});

export const membershipList = json(
  200,
  listOf('ProjectMembershipList', MembershipDto),
  (page: TokenPage<MembershipView>) => ({
    ...page,
    items: page.items.map(presentMembership),
  }),
);

export const listUserProjectMemberships = route({
  operationId: 'listUserProjectMemberships',
  at: 'GET /v1/users/{user_id}/project-memberships',
  summary: 'The caller’s own memberships',
  auth: user(),
  request: { params: UserParams, query: pageQuery({ fallback: 1000, max: 1000 }) },
  run: ({ accounts, pages }, { params, query, principal }) =>
    paged(pages, `memberships:${principal.userId}`, query, (page) =>
      accounts.listMembershipsOf(params.user_id, principal, page),
    ),
  reply: membershipList,
  errors: { not_found: 404, invalid_page_token: 400 },
});
