import type { TenantReview } from '../../../domain/entitlements/workspace.js';
import { type Html, html } from '../kit/html.js';
import type { TokenPage } from '../kit/page.js';
import { input, type Problem, summary } from '../pages/kit/form.js';
import { time } from '../pages/kit/format.js';
import { csrfField, type PageParts } from '../pages/kit/layout.js';
import { nextPage } from '../pages/kit/list.js';
import type { Worker } from './guards.js';
import { aroundWorkspace, doneNotice, fact } from './parts.js';
import { REVIEWS, reviewOf } from './places.js';

/** What people type; the days are whole ones of UTC, and both belong to the review. */
export type TypedReview = {
  readonly title: string;
  readonly from: string;
  readonly to: string;
  readonly note: string;
};

export type Reviews = {
  readonly csrf: string;
  readonly member: Worker;
  readonly reviews: TokenPage<TenantReview>;
  readonly typed?: TypedReview;
  readonly problem?: Problem;
};

export type ShownReview = {
  readonly csrf: string;
  readonly member: Worker;
  readonly review: TenantReview;
  readonly done?: string | undefined;
};

const table = ({ items, next_page_token }: TokenPage<TenantReview>): Html =>
  items.length === 0
    ? html`<p>There are none yet.</p>`
    : html`<table><caption>Newest first</caption>
<thead><tr><th scope="col">Review</th><th scope="col">From</th><th scope="col">To</th></tr></thead>
<tbody>${items.map(
        ({ number, title, from, to }) =>
          html`<tr><th scope="row"><a href="${reviewOf(number)}"><bdi>${title}</bdi></a></th><td>${time(from)}</td><td>${time(to)}</td></tr>`,
      )}</tbody></table>${nextPage(REVIEWS, {}, next_page_token)}`;

const form = ({ csrf, typed, problem }: Reviews): Html =>
  html`<form method="post" action="${REVIEWS}/new">${csrfField(csrf)}
${input({ name: 'title', label: 'Title', value: typed?.title, problem, attributes: html` required maxlength="200" autocomplete="off"` })}
<div class="fields">${input({ name: 'from', label: 'From', type: 'date', value: typed?.from, problem, attributes: html` required` })}
${input({ name: 'to', label: 'To', type: 'date', value: typed?.to, problem, attributes: html` required` })}</div>
${input({ name: 'note', label: 'Note (optional)', value: typed?.note, problem, attributes: html` autocomplete="off"` })}
<button>Write it down</button></form><p class="hint">Days are those of UTC, and both belong to the review.</p>`;

export const reviewsView = (page: Reviews): PageParts => ({
  ...aroundWorkspace(page.member, 'reviews'),
  title: page.problem ? 'Error: Reviews' : 'Reviews',
  main: html`<h1>Reviews</h1>${summary(page.problem)}
<section class="card" aria-labelledby="all"><h2 id="all">What there is</h2>${table(page.reviews)}</section>
<section class="card" aria-labelledby="new"><h2 id="new">A new one</h2>${form(page)}</section>`,
});

const DONE = { made: 'The review is written down.' };

export const reviewView = ({ member, review, done }: ShownReview): PageParts => ({
  ...aroundWorkspace(member, 'reviews', [{ name: review.title, href: reviewOf(review.number) }]),
  title: review.title,
  main: html`<h1><bdi>${review.title}</bdi></h1>${doneNotice(DONE, done)}
<section class="card"><dl class="facts">
${fact('Covers', html`${time(review.from)} to ${time(review.to)}`)}
${review.note !== undefined && fact('Note', html`<bdi>${review.note}</bdi>`)}
${fact('Written down', time(review.createdAt))}</dl>
<p><a class="button" href="${reviewOf(review.number)}/export">Export an executive pack</a></p></section>`,
});
