import * as z from 'zod';
import type { SignedIn } from '../../../application/accounts/sessions.js';
import { PASSWORD_LENGTH } from '../../../domain/accounts/user.js';
import { empty, json } from '../kit/reply.js';
import { route } from './contract.js';
import { anyone, user } from './guards.js';
import { presentUser } from './present.js';
import { Name, UserDto } from './schemas.js';

const Password = z.string().min(PASSWORD_LENGTH.min).max(PASSWORD_LENGTH.max);
/** Any password may be tried: what is too short or too long is simply wrong. */
const Attempt = z.string().max(PASSWORD_LENGTH.max);
const Email = z.string().max(254);
const Token = z.string().min(1).max(200);
const TokenBody = z.object({ token: Token });

export const register = route({
  operationId: 'register',
  at: 'POST /v1/auth/register',
  summary: 'Sign up',
  auth: anyone,
  body: {
    kind: 'json',
    schema: z.object({
      email: Email,
      password: Password,
      first_name: Name.optional(),
      last_name: Name.optional(),
      invitation_token: Token.optional(),
    }),
  },
  idempotent: true,
  run: ({ accounts }, { body, visit, once }) =>
    accounts.register(
      {
        email: body.email,
        password: body.password,
        firstName: body.first_name,
        lastName: body.last_name,
        invitationToken: body.invitation_token,
      },
      visit,
      once,
    ),
  reply: json(201, UserDto, presentUser),
  errors: {
    invalid_email: 400,
    invalid_invitation: 400,
    registration_closed: 403,
    email_taken: 409,
  },
});

export const login = route({
  operationId: 'login',
  at: 'POST /v1/auth/login',
  summary: 'Sign in',
  auth: anyone,
  body: { kind: 'json', schema: z.object({ email: Email, password: Attempt }) },
  run: ({ accounts }, { body, visit }) => accounts.login(body, visit),
  reply: json(
    200,
    z.object({
      access_token: z.string(),
      token_type: z.literal('Bearer'),
      expires_in: z.int(),
      user: UserDto,
    }),
    ({ accessToken, expiresInSeconds, user: who }: SignedIn) => ({
      access_token: accessToken,
      token_type: 'Bearer' as const,
      expires_in: expiresInSeconds,
      user: presentUser(who),
    }),
  ),
  errors: { invalid_credentials: 401 },
});

export const logout = route({
  operationId: 'logout',
  at: 'POST /v1/auth/logout',
  summary: 'End this session',
  auth: user(),
  run: ({ accounts }, { principal }) => accounts.logout(principal),
  reply: empty(204),
  errors: {},
});

export const verifyEmail = route({
  operationId: 'verifyEmail',
  at: 'POST /v1/auth/verify-email',
  summary: 'Confirm an e-mail address',
  auth: anyone,
  body: { kind: 'json', schema: TokenBody },
  run: ({ accounts }, { body, visit }) => accounts.verifyEmail(body.token, visit),
  reply: empty(204),
  errors: { invalid_code: 400 },
});

export const requestPasswordReset = route({
  operationId: 'requestPasswordReset',
  at: 'POST /v1/auth/request-reset',
  summary: 'Send a code to set a new password, if somebody has the address',
  auth: anyone,
  body: { kind: 'json', schema: z.object({ email: Email }) },
  run: ({ accounts }, { body, visit }) => accounts.requestReset(body, visit),
  reply: empty(202),
  errors: {},
});

export const resetPassword = route({
  operationId: 'resetPassword',
  at: 'POST /v1/auth/reset',
  summary: 'Set a new password with a code',
  auth: anyone,
  body: { kind: 'json', schema: z.object({ token: Token, new_password: Password }) },
  run: ({ accounts }, { body, visit }) =>
    accounts.resetPassword({ token: body.token, newPassword: body.new_password }, visit),
  reply: empty(204),
  errors: { invalid_code: 400 },
});

export const changePassword = route({
  operationId: 'changePassword',
  at: 'POST /v1/auth/change-password',
  summary: 'Set a new password; other sessions end',
  auth: user('keys'),
  body: { kind: 'json', schema: z.object({ current_password: Attempt, new_password: Password }) },
  run: ({ accounts }, { body, principal }) =>
    accounts.changePassword(
      { currentPassword: body.current_password, newPassword: body.new_password },
      principal,
    ),
  reply: empty(204),
  errors: { wrong_password: 400 },
});
