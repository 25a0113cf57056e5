import * as z from 'zod';
import { impossible } from '../../../application/shared/impossible.js';
import { json } from '../kit/reply.js';
import { route } from './contract.js';
import { anyone } from './guards.js';
import { presentSignedIn } from './present.js';
import { Credentials, SignedInDto } from './schemas.js';

export const register = route({
  operationId: 'register',
  at: 'POST /api/auth/register',
  summary: 'Sign up',
  auth: anyone,
  body: { kind: 'json', schema: Credentials },
  idempotent: true,
  // Who would come by an invitation does so where the invitation leads to.
  run: ({ accounts }, { body, visit, once }) =>
    accounts.register(body, visit, once).mapErr(impossible('invalid_invitation')),
  reply: json(201, z.object({ message: z.string() }), () => ({
    message: 'Registered. A letter is on its way in which the address can be confirmed.',
  })),
  errors: { invalid_email: 400, registration_closed: 403, email_taken: 409 },
});

export const login = route({
  operationId: 'login',
  at: 'POST /api/auth/login',
  summary: 'Sign in',
  auth: anyone,
  body: { kind: 'json', schema: Credentials },
  run: ({ accounts }, { body, visit }) => accounts.personal.login(body, visit),
  reply: json(200, SignedInDto, presentSignedIn),
  errors: { invalid_credentials: 401 },
});
