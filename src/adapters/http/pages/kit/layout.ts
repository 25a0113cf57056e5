import { type Html, html, markupOf } from '../../kit/html.js';
import { html as htmlReply, redirect } from '../../kit/reply.js';
import { ICON_ADDRESS, SCRIPT_ADDRESS, STYLE_ADDRESS } from '../assets/addresses.js';

/** Nothing but our own files runs or loads, and nobody puts a page of ours into a frame. Forms go nowhere else but `leads`. */
const contentPolicy = (leads: readonly string[]): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    ["form-action 'self'", ...leads].join(' '),
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');

/** What goes out with every page. */
export const pageHeaders = (leads: readonly string[] = []) => ({
  'Content-Security-Policy': contentPolicy(leads),
  // Under no-referrer browsers would not tell the origin of a form either.
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
});

/** One step of the way to a page; the last one is the page itself. */
export type Step = { readonly name: string; readonly href: string };

/** One of the parts of a project; `page`: it is the page itself, `true`: the page lies in it. */
export type Section = Step & { readonly current?: 'page' | 'true' | undefined };

export type PageParts = {
  readonly title: string;
  /** What a form has to carry; undefined where nobody is signed in. */
  readonly csrf?: string | undefined;
  readonly trail?: readonly Step[];
  readonly sections?: readonly Section[];
  /** What they are the parts of, for those who hear it; absent: a project. */
  readonly sectionsOf?: string | undefined;
  readonly narrow?: boolean;
  readonly main: Html;
};

/** The hidden field that says that a form is ours. It comes first: files after it are not read without it. */
export const csrfField = (csrf: string): Html => html`<input type="hidden" name="csrf" value="${csrf}">`;

const signOut = (csrf: string): Html =>
  html`<form method="post" action="/sign-out">${csrfField(csrf)}<button class="quiet">Sign out</button></form>`;

const trailOf = (steps: readonly Step[]): Html =>
  html`<nav class="trail" aria-label="Breadcrumb"><ol>${steps.map(({ name, href }, index) =>
    index === steps.length - 1
      ? html`<li><span aria-current="page"><bdi>${name}</bdi></span></li>`
      : html`<li><a href="${href}"><bdi>${name}</bdi></a></li>`,
  )}</ol></nav>`;

const navOf = (sections: readonly Section[], whole = 'Project'): Html =>
  html`<nav class="sections" aria-label="${whole}"><ul>${sections.map(
    ({ name, href, current }) =>
      html`<li><a href="${href}"${current !== undefined && html` aria-current="${current}"`}>${name}</a></li>`,
  )}</ul></nav>`;

/** A whole page: landmarks, a way past them, and the one heading inside `main`. */
export const layout = ({ title, csrf, trail, sections, sectionsOf, narrow, main }: PageParts): Html =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – Tollhouse</title>
<link rel="stylesheet" href="${STYLE_ADDRESS}">
<link rel="icon" href="${ICON_ADDRESS}">
<script src="${SCRIPT_ADDRESS}" defer></script>
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header class="bar"><div><a class="brand" href="/app">Tollhouse</a>${csrf !== undefined && signOut(csrf)}</div></header>
${trail && trailOf(trail)}
${sections && navOf(sections, sectionsOf)}
<main id="main" tabindex="-1"${narrow === true && html` class="narrow"`}>
${main}
</main>
</body>
</html>
`;

type Cookies = { readonly cookies?: readonly string[] };
/** Where else the forms of a page may lead: browsers judge the redirect that answers a form by its page. */
export type Leading = { readonly leads?: readonly string[] };
const headersOf = ({ cookies = [] }: Cookies): Record<string, string | string[]> =>
  cookies.length > 0 ? { 'Set-Cookie': [...cookies] } : {};

/** A page, and the cookies that go with it. */
export const page = <T extends object>(view: (value: T) => PageParts) =>
  htmlReply(
    (value: T) => markupOf(layout(view(value))),
    (value: T & Cookies & Leading) => ({ ...pageHeaders(value.leads), ...headersOf(value) }),
  );

/** 303 to another page: what a form is answered with. */
export const toPage = () =>
  redirect(
    ({ to }: { readonly to: string } & Cookies) => to,
    (value: { readonly to: string } & Cookies) => headersOf(value),
  );
