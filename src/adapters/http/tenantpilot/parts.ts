import type * as z from 'zod';
import type { LifecycleDecision, LifecycleSource } from '../../../domain/entitlements/lifecycle.js';
import type { KeyDate } from '../../../domain/entitlements/posture.js';
import { type Html, html, markupOf } from '../kit/html.js';
import { html as htmlReply, json, pageOrJson } from '../kit/reply.js';
import { notice, type Problem, summary } from '../pages/kit/form.js';
import { time } from '../pages/kit/format.js';
import {
  csrfField,
  layout,
  type PageParts,
  pageHeaders,
  type Section,
  type Step,
} from '../pages/kit/layout.js';
import type { Worker } from './guards.js';
import { DIRECTORY, ONBOARDING, PACKS, REVIEWS, SETTINGS, SWITCH } from './places.js';

/** What every page of the two planes goes out with: the token that programs send back in a header. */
const headersOf = ({ csrf }: { readonly csrf: string }) => ({ ...pageHeaders(), 'X-CSRF-Token': csrf });

/** A page, and its view model for programs. */
export const view = <T extends { readonly csrf: string }, R extends z.ZodType>(
  parts: (value: T) => PageParts,
  schema: R,
  present: (value: T) => z.input<R>,
) =>
  pageOrJson<T>(
    htmlReply((value: T) => markupOf(layout(parts(value))), headersOf),
    json(200, schema, present, ({ csrf }: T) => ({ 'X-CSRF-Token': csrf })),
  );

const PARTS = [
  ['settings', 'Settings', SETTINGS],
  ['onboarding', 'Onboarding', ONBOARDING],
  ['reviews', 'Reviews', REVIEWS],
  ['packs', 'Review packs', PACKS],
] as const;
export type Part = (typeof PARTS)[number][0];

/** What all pages of a workspace have around them; `steps` lie below the part. */
export const aroundWorkspace = (
  { workspace, csrf }: Worker,
  here: Part,
  steps: readonly Step[] = [],
): Pick<PageParts, 'csrf' | 'trail' | 'sections' | 'sectionsOf'> => {
  const parts = PARTS.map(([key, name, href]) => ({ key, name, href }));
  const part = parts.filter(({ key }) => key === here).map(({ name, href }) => ({ name, href }));
  return {
    csrf,
    trail: [
      { name: 'Workspaces', href: SWITCH },
      { name: workspace.name, href: SETTINGS },
      ...part,
      ...steps,
    ],
    sectionsOf: 'Workspace',
    sections: parts.map(
      ({ key, name, href }): Section => ({
        name,
        href,
        current: key === here ? (steps.length > 0 ? 'true' : 'page') : undefined,
      }),
    ),
  };
};

/** What all pages of the platform's plane have around them. */
export const aroundSystem = (
  csrf: string,
  steps: readonly Step[] = [],
): Pick<PageParts, 'csrf' | 'trail'> => ({
  csrf,
  trail: [{ name: 'Directory of workspaces', href: DIRECTORY }, ...steps],
});

export const fact = (name: string, value: Html | string): Html =>
  html`<div><dt>${name}</dt><dd>${value}</dd></div>`;

/** One of a workspace's dates, where it has one. */
export const keyDate = (date: KeyDate | undefined): Html | undefined =>
  date && fact(date.label, time(date.at));

const MOODS = { allow: 'good', warn: 'open', block: 'bad' } as const satisfies Record<
  LifecycleDecision['outcome'],
  string
>;
/** How a workspace stands; the colour says nothing that the word does not. */
export const posturePill = (label: string, outcome: LifecycleDecision['outcome']): Html =>
  html`<span class="pill ${MOODS[outcome]}">${label}</span>`;

/** Where a posture comes from, in words. */
export const SOURCES = {
  workspace_subscription: 'The subscription on record',
  workspace_setting: 'What an operator set',
  default_active_paid: 'Nothing is on record',
} as const satisfies Record<LifecycleSource, string>;

/** What a workspace's people have to know before they try anything; nothing where all is well. */
export const banner = ({ outcome, explanation }: Pick<LifecycleDecision, 'outcome' | 'explanation'>) =>
  outcome === 'allow'
    ? undefined
    : html`<div class="${outcome === 'block' ? 'alert' : 'notice warn'}" role="status"><p>${explanation}</p></div>`;

/** The second step of a change: what it comes to, and the form that does it. It works without any script. */
export type Confirmation = {
  readonly around: Pick<PageParts, 'csrf' | 'trail' | 'sections' | 'sectionsOf'>;
  readonly title: string;
  readonly csrf: string;
  /** What will change. */
  readonly what: Html;
  readonly action: string;
  readonly back: string;
  /** What the form carries on. */
  readonly fields?: Readonly<Record<string, string | undefined>>;
  readonly danger?: boolean;
  /** False: it cannot be done as things are, and `what` says why. */
  readonly possible?: boolean;
  readonly problem?: Problem | undefined;
};

const hidden = (fields: Confirmation['fields'] = {}): readonly Html[] =>
  Object.entries(fields).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [html`<input type="hidden" name="${name}" value="${value}">`],
  );

export const confirmation = (asked: Confirmation): PageParts => ({
  ...asked.around,
  title: asked.problem ? `Error: ${asked.title}` : asked.title,
  main: html`<h1>${asked.title}</h1>${summary(asked.problem)}
<div class="card">${asked.what}
${
  asked.possible === false
    ? html`<p><a class="button quiet" href="${asked.back}">Go back</a></p>`
    : html`<form method="post" action="${asked.action}" class="row">${csrfField(asked.csrf)}${hidden(asked.fields)}
<button${asked.danger === true && html` class="danger"`}>Confirm</button> <a class="button quiet" href="${asked.back}">Leave it as it is</a></form>`
}</div>`,
});

/** What was done, said once; `done` comes from the address and says nothing by itself. */
export const doneNotice = (words: Readonly<Record<string, string>>, done: string | undefined) =>
  notice(done === undefined || !Object.hasOwn(words, done) ? undefined : words[done]);
