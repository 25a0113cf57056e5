import type { EmailMessage } from '../../../ports/shared/email.js';
import { type Html, html, markupOf, trusted } from '../kit/html.js';
import { type AnyRoute, split } from '../kit/route.js';

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .35rem .5rem; border-bottom: 1px solid #8884; vertical-align: top; }
code, pre { font: .9rem ui-monospace, monospace; overflow-wrap: anywhere; }
pre { white-space: pre-wrap; background: #8881; padding: .75rem; border-radius: .4rem; }
.method { font-weight: 600; }
@media (max-width: 40rem) { table, tbody, tr, td { display: block; } thead { display: none; } tr { padding: .5rem 0; } td { border: 0; padding: .1rem 0; } }
`;

const page = (title: string, body: Html): string =>
  markupOf(
    html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><style>${trusted(STYLE)}</style></head><body>${body}</body></html>`,
  );

export type Contract = {
  readonly name: string;
  readonly title: string;
  readonly routes: readonly AnyRoute<never>[];
};

const ACCESS = { none: 'public', bearer: 'bearer token', cookie: 'session of the pages' } as const;

const row = (route: AnyRoute<never>): Html => {
  const { method, path } = split(route.at);
  const access = ACCESS[route.auth.security];
  return html`<tr><td><span class="method">${method}</span> <code>${path}</code></td><td>${route.summary}</td><td>${access}</td></tr>`;
};

/** Every operation of every contract on one readable page. */
export const docsPage = (contracts: readonly Contract[]): string =>
  page(
    'Tollhouse API',
    html`<main><h1>Tollhouse API</h1>${contracts.map(
      ({ name, title, routes }) =>
        html`<section aria-labelledby="${name}"><h2 id="${name}">${title}</h2><p><a href="/docs/${name}.json">OpenAPI document</a>, ${routes.length} operations</p><table><thead><tr><th scope="col">Operation</th><th scope="col">What it does</th><th scope="col">Access</th></tr></thead><tbody>${routes.map(row)}</tbody></table></section>`,
    )}</main>`,
  );

/** The letters that the demo did not send. */
export const outboxPage = (messages: readonly EmailMessage[]): string =>
  page(
    'Outbox',
    html`<main><h1>Outbox</h1><p>The demo sends no mail: here is what it would have sent, newest first.</p>${
      messages.length === 0
        ? html`<p>Nothing yet.</p>`
        : messages.map(
            ({ to, subject, text }) =>
              html`<article><h2>${subject}</h2><p>To ${to}</p><pre>${text}</pre></article>`,
          )
    }</main>`,
  );
