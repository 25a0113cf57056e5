import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import * as z from 'zod';
import type { SignedIn } from '../../../application/accounts/sessions.js';
import { impossible } from '../../../application/shared/impossible.js';
import { PASSWORD_LENGTH } from '../../../domain/accounts/user.js';
import type { Visit } from '../../../domain/shared/principal.js';
import type { App } from './app.js';
import { route } from './contract.js';
import { anyone, posted, user, visitor } from './guards.js';
import { writeCookie } from './kit/cookies.js';
import { unforged } from './kit/csrf.js';
import { type InvalidField, inForm, invalidField } from './kit/form.js';
import { layout, page, toPage } from './kit/layout.js';
import { HOME, safeNext } from './kit/next.js';
import { type Entrance, signInView, signUpView } from './sign-in.views.js';
import { problemOf } from './words.js';

const Text = z.string().max(4_096).default('');
const Entering = z.object({ csrf: Text, next: Text, email: Text, password: Text });
const Next = z.object({ next: z.string().optional() });
/** An empty field of a form is one that was left out. */
const Invitation = z
  .string()
  .max(200)
  .optional()
  .transform((text) => text?.trim() || undefined);

/** The cookie lives as long as the session does; the one that tied forms to the visitor has done its work. */
const entered = (app: App, next: string, { accessToken, expiresInSeconds }: SignedIn) => ({
  to: safeNext(next),
  cookies: [writeCookie(app, 'session', accessToken, expiresInSeconds), writeCookie(app, 'visitor', '', 0)],
});

export const home = route({
  operationId: 'home',
  at: 'GET /',
  summary: 'Leads to the projects',
  auth: anyone,
  run: () => okAsync({ to: HOME }),
  reply: toPage(),
  errors: {},
});

export const signInPage = route({
  operationId: 'signInPage',
  at: 'GET /sign-in',
  summary: 'The form to sign in',
  auth: visitor,
  request: { query: Next },
  run: (_app, { principal, query }) =>
    okAsync({ visitor: principal, cookies: principal.cookies, next: safeNext(query.next) }),
  reply: page((entrance: Entrance) => signInView(entrance)),
  errors: {},
});

export const signIn = route({
  operationId: 'signIn',
  at: 'POST /sign-in',
  summary: 'Begin a session',
  auth: posted(visitor),
  body: { kind: 'form', schema: Entering },
  run: (app, { principal, body, visit }) =>
    inForm(
      unforged(principal, body)
        .asyncAndThen(() => app.accounts.login(body, visit))
        .map((signedIn) => entered(app, body.next, signedIn)),
      (failure) =>
        okAsync(
          layout(
            signInView({
              visitor: principal,
              next: safeNext(body.next),
              email: body.email,
              problem: problemOf(failure),
            }),
          ),
        ),
    ),
  reply: toPage(),
  errors: { invalid_credentials: 401, forged: 403 },
});

export const signUpPage = route({
  operationId: 'signUpPage',
  at: 'GET /sign-up',
  summary: 'The form to sign up',
  auth: visitor,
  request: { query: Next.extend({ invitation: Invitation }) },
  run: ({ registration }, { principal, query }) =>
    okAsync({
      visitor: principal,
      cookies: principal.cookies,
      next: safeNext(query.next),
      invitation: query.invitation,
      registration,
    }),
  reply: page((entrance: Parameters<typeof signUpView>[0]) => signUpView(entrance)),
  errors: {},
});

const goodPassword = (password: string): ResultAsync<string, InvalidField> =>
  password.length >= PASSWORD_LENGTH.min && password.length <= PASSWORD_LENGTH.max
    ? okAsync(password)
    : errAsync(
        invalidField(
          'password',
          `The password must have ${PASSWORD_LENGTH.min} to ${PASSWORD_LENGTH.max} characters.`,
        ),
      );

type NewUser = {
  readonly email: string;
  readonly password: string;
  readonly invitation: string | undefined;
};

/** Who has just given a password is not asked for it again. */
const registered = (app: App, { email, password, invitation }: NewUser, visit: Visit) =>
  goodPassword(password)
    .andThen(() => app.accounts.register({ email, password, invitationToken: invitation }, visit))
    .andThen(() => app.accounts.login({ email, password }, visit))
    .mapErr(impossible('invalid_credentials'));

export const signUp = route({
  operationId: 'signUp',
  at: 'POST /sign-up',
  summary: 'Become a user, and begin a session',
  auth: posted(visitor),
  body: { kind: 'form', schema: Entering.extend({ invitation: Invitation }) },
  run: (app, { principal, body, visit }) =>
    inForm(
      unforged(principal, body)
        .asyncAndThen(() => registered(app, body, visit))
        .map((signedIn) => entered(app, body.next, signedIn)),
      (failure) =>
        okAsync(
          layout(
            signUpView({
              visitor: principal,
              next: safeNext(body.next),
              email: body.email,
              invitation: body.invitation,
              problem: problemOf(failure),
              registration: app.registration,
            }),
          ),
        ),
    ),
  reply: toPage(),
  errors: {
    invalid_field: 400,
    invalid_email: 400,
    invalid_invitation: 400,
    registration_closed: 403,
    forged: 403,
    email_taken: 409,
  },
});

export const signOut = route({
  operationId: 'signOut',
  at: 'POST /sign-out',
  summary: 'End the session',
  auth: posted(user),
  body: { kind: 'form', schema: z.object({ csrf: Text }) },
  run: (app, { principal, body }) =>
    unforged(principal, body)
      .asyncAndThen(() => app.accounts.logout(principal))
      .map(() => ({ to: '/sign-in', cookies: [writeCookie(app, 'session', '', 0)] })),
  reply: toPage(),
  errors: { forged: 403 },
});
