import type { PackView, SettingsSummaryView } from '../../../application/entitlements/workspaces/views.js';
import type { ReviewPack } from '../../../domain/entitlements/pack.js';
import type { TenantReview } from '../../../domain/entitlements/workspace.js';
import type { Instant } from '../../../domain/shared/time.js';
import { type Html, html } from '../kit/html.js';
import { input, type Problem, select, summary } from '../pages/kit/form.js';
import { time } from '../pages/kit/format.js';
import type { PageParts } from '../pages/kit/layout.js';
import { gate } from './gated.js';
import type { Worker } from './guards.js';
import { aroundWorkspace, type Confirmation, confirmation } from './parts.js';
import { PACKS, packOf, reviewOf } from './places.js';

const KINDS = { review: 'Review pack', executive: 'Executive pack' } as const;
export const titleOf = ({ kind, number }: Pick<ReviewPack, 'kind' | 'number'>): string =>
  `${KINDS[kind]} ${number}`;

const FORMATS = [
  { value: 'csv', label: 'CSV' },
  { value: 'json', label: 'JSON' },
];

/** What people order a pack by; the days are whole ones of UTC, and both belong to it. */
export type TypedOrder = { readonly format: 'csv' | 'json'; readonly from: string; readonly to: string };

const GENERATE = `${PACKS}/generate`;

export const orderForm = (typed: TypedOrder, problem?: Problem): Html =>
  html`<form method="get" action="${GENERATE}" class="fields">
${select({ name: 'format', label: 'Usage as', options: FORMATS, value: typed.format, problem })}
${input({ name: 'from', label: 'From (optional)', type: 'date', value: typed.from, problem })}
${input({ name: 'to', label: 'To (optional)', type: 'date', value: typed.to, problem })}
<button>Generate a pack</button></form>
<p class="hint">Days are those of UTC, and both belong to the pack. Without them it covers the last 30 days.</p>`;

/** What is about to be ordered, and how the workspace stands. */
type Order = {
  readonly member: Worker;
  readonly standing: SettingsSummaryView;
  readonly problem?: Problem | undefined;
};
type Subject = Pick<Confirmation, 'title' | 'what' | 'action' | 'back' | 'fields'> & {
  readonly part: 'packs' | 'reviews';
};

const stretchText = ({ from, to }: { readonly from: Instant; readonly to: Instant }): Html =>
  html`It covers ${time(from)} to ${time(to)}.`;

/** The page on which any order of a pack is confirmed. */
const orderView = ({ member, standing, problem }: Order, { part, ...subject }: Subject): PageParts =>
  confirmation({
    ...subject,
    around: aroundWorkspace(member, part, [{ name: subject.title, href: subject.action }]),
    csrf: member.csrf,
    what: html`<p><strong class="name"><bdi>${member.workspace.name}</bdi></strong></p>${subject.what}${gate(standing)}`,
    possible: standing.outcome !== 'block',
    problem,
  });

const MADE_OF =
  'An archive is made of what was used, of the subscription, of what the workspace may do, and of the audit trail. It lies in a bucket of the workspace.';

/** The page on which a new pack is confirmed, or typed again where something is wrong with it. */
export const generationView = (
  order: Order & {
    readonly typed: TypedOrder;
    readonly stretch?: { readonly from: Instant; readonly to: Instant };
  },
): PageParts => {
  const { typed, problem, stretch, member } = order;
  const title = 'Generate a review pack';
  if (problem?.field !== undefined)
    return {
      ...aroundWorkspace(member, 'packs', [{ name: title, href: GENERATE }]),
      title: `Error: ${title}`,
      main: html`<h1>${title}</h1>${summary(problem)}<section class="card">${orderForm(typed, problem)}</section>`,
    };
  return orderView(order, {
    part: 'packs',
    title,
    what: html`<p>${MADE_OF}</p><p>${stretch && stretchText(stretch)} Usage is in it as ${typed.format.toUpperCase()}.</p>`,
    action: GENERATE,
    back: PACKS,
    fields: { ...typed },
  });
};

/** The page on which making a pack anew is confirmed. */
export const regenerationView = (order: Order & { readonly shown: PackView }): PageParts => {
  const { pack } = order.shown;
  const here = packOf(pack.number);
  return orderView(order, {
    part: 'packs',
    title: `Make ${titleOf(pack).toLowerCase()} anew`,
    what: html`<p>Another pack is made of the same order, of what is on record now. The one there is stays.</p><p>${stretchText(pack.order)}</p>`,
    action: `${here}/regenerate`,
    back: here,
  });
};

/** The page on which the executive pack of a review is confirmed. */
export const exportView = (order: Order & { readonly review: TenantReview }): PageParts => {
  const { review } = order;
  const here = reviewOf(review.number);
  return orderView(order, {
    part: 'reviews',
    title: 'Export an executive pack',
    what: html`<p>Of the review <bdi>${review.title}</bdi>.</p><p>${MADE_OF}</p><p>${stretchText(review)}</p>`,
    action: `${here}/export`,
    back: here,
  });
};
