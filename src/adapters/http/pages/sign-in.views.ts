import { PASSWORD_LENGTH } from '../../../domain/accounts/user.js';
import { type Html, html } from '../kit/html.js';
import type { App } from './app.js';
import type { Visitor } from './guards.js';
import { input, type Problem, summary } from './kit/form.js';
import { csrfField, type PageParts } from './kit/layout.js';
import { HOME } from './kit/next.js';

/** What both forms are made from: who is there, where they want to go, and what they typed before. */
export type Entrance = {
  readonly visitor: Visitor;
  readonly next: string;
  readonly email?: string | undefined;
  readonly invitation?: string | undefined;
  readonly problem?: Problem | undefined;
};

const hidden = ({ visitor, next }: Entrance): Html =>
  html`${csrfField(visitor.csrf)}<input type="hidden" name="next" value="${next}">`;

const elsewhere = (path: string, next: string): string =>
  next === HOME ? path : `${path}?next=${encodeURIComponent(next)}`;

const email = ({ email: value, problem }: Entrance): Html =>
  input({
    name: 'email',
    label: 'E-mail address',
    type: 'email',
    value,
    problem,
    attributes: html` autocomplete="username" required maxlength="254"`,
  });

const titled = (title: string, { problem }: Entrance): string => (problem ? `Error: ${title}` : title);

export const signInView = (entrance: Entrance): PageParts => ({
  title: titled('Sign in', entrance),
  narrow: true,
  main: html`<h1>Sign in</h1>
${summary(entrance.problem)}
<form method="post" action="/sign-in" class="card">${hidden(entrance)}
${email(entrance)}
${input({
  name: 'password',
  label: 'Password',
  type: 'password',
  attributes: html` autocomplete="current-password" required`,
})}
<button>Sign in</button></form>
<p>No account yet? <a href="${elsewhere('/sign-up', entrance.next)}">Sign up</a></p>`,
});

const invitation = ({ invitation: value, problem }: Entrance, registration: App['registration']): Html =>
  registration === 'invite' || value !== undefined
    ? input({
        name: 'invitation',
        label: 'Invitation code',
        hint: 'It stands in the letter that you were sent.',
        value,
        problem,
        attributes: html` autocomplete="off" maxlength="200"${registration === 'invite' && html` required`}`,
      })
    : html``;

const signUpForm = (entrance: Entrance, registration: App['registration']): Html =>
  html`<form method="post" action="/sign-up" class="card">${hidden(entrance)}
${email(entrance)}
${input({
  name: 'password',
  label: 'Password',
  type: 'password',
  hint: `At least ${PASSWORD_LENGTH.min} characters.`,
  problem: entrance.problem,
  attributes: html` autocomplete="new-password" required minlength="${PASSWORD_LENGTH.min}" maxlength="${PASSWORD_LENGTH.max}"`,
})}
${invitation(entrance, registration)}
<button>Sign up</button></form>`;

export const signUpView = (
  entrance: Entrance & { readonly registration: App['registration'] },
): PageParts => ({
  title: titled('Sign up', entrance),
  narrow: true,
  main: html`<h1>Sign up</h1>
${summary(entrance.problem)}
${
  entrance.registration === 'closed'
    ? html`<p>Nobody can sign up here at the moment. Ask whoever runs this server.</p>`
    : signUpForm(entrance, entrance.registration)
}
<p>Have an account? <a href="${elsewhere('/sign-in', entrance.next)}">Sign in</a></p>`,
});
