import type { Dialect, Failure, Refusal, Shown } from '../kit/dialect.js';
import { type Html, html, markupOf } from '../kit/html.js';
import type { Again } from './kit/form.js';
import { layout, pageHeaders } from './kit/layout.js';
import { signInFor } from './kit/next.js';
import { messageOf } from './words.js';

const TITLES: Readonly<Record<number, string>> = {
  401: 'Sign in again',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Not possible',
  413: 'Too large',
  429: 'Too many requests',
  500: 'Something went wrong',
  503: 'Unavailable',
};

/** At most as many names of what could not be deleted; the rest is a number. */
const NAMED = 100;
const leftOver = (failure: Failure): readonly string[] =>
  'keys' in failure ? (failure.keys as readonly string[]).slice(0, NAMED) : [];

/** In whose words refusals are told, and where people go from there. */
type Manner = {
  readonly messageOf: (failure: Failure) => string;
  readonly wayOut: { readonly name: string; readonly href: string };
};

const errorPage = ({ status, failure, requestId }: Refusal, { messageOf, wayOut }: Manner): Html => {
  const title = TITLES[status] ?? 'That did not work';
  const names = leftOver(failure);
  return layout({
    title,
    main: html`<h1>${title}</h1>
<div class="alert" role="alert" tabindex="-1"><p>${messageOf(failure)}</p></div>
${names.length > 0 && html`<ul>${names.map((name) => html`<li><bdi>${name}</bdi></li>`)}</ul>`}
<p>${status === 401 ? html`<a class="button" href="/sign-in">Sign in</a>` : html`<a href="${wayOut.href}">${wayOut.name}</a>`}</p>
${status >= 500 && html`<p class="soft">Quote this when you ask for help: <code>${requestId}</code></p>`}`,
  });
};

const isRead = (method: string): boolean => method === 'GET' || method === 'HEAD';

/** Whether an address is one that people go to: what is not there is told to them on a page, too. */
export const isForPeople = (url: string): boolean =>
  /^\/(?:app|pricing|sign-in|sign-up|sign-out)?(?:[/?]|$)/.test(url);

/** Refusals as pages. */
export const shownIn =
  (manner: Manner) =>
  (refusal: Refusal): Shown => {
    const { status, failure, method, url } = refusal;
    // Whoever only wants to look is led to the door and back; a form that was sent would be lost on that way.
    if (failure.kind === 'unauthenticated' && isRead(method))
      return { status: 303, headers: { Location: signInFor(url), 'Content-Type': 'text/plain' }, body: '' };
    const { again, leads } = failure as Partial<Again>;
    const headers = { 'Content-Type': 'text/html; charset=utf-8', ...pageHeaders(leads) };
    return { status, headers, body: markupOf(again ?? errorPage(refusal, manner)) };
  };

/** Refusals as pages: the form again where there is one, otherwise a page that says what is wrong. */
export const dialect: Dialect = {
  statuses: { document: 400, fields: 400 },
  word: (_status, failure) => messageOf(failure),
  show: shownIn({ messageOf, wayOut: { name: 'To your projects', href: '/app' } }),
};
