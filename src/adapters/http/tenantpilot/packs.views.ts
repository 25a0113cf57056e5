import type { PackView } from '../../../application/entitlements/workspaces/views.js';
import type { ReviewPack } from '../../../domain/entitlements/pack.js';
import { type Html, html } from '../kit/html.js';
import type { TokenPage } from '../kit/page.js';
import { size, time } from '../pages/kit/format.js';
import type { PageParts } from '../pages/kit/layout.js';
import { nextPage } from '../pages/kit/list.js';
import type { Worker } from './guards.js';
import { orderForm, titleOf } from './pack-orders.views.js';
import { aroundWorkspace, doneNotice, fact } from './parts.js';
import { PACKS, packOf, reviewOf } from './places.js';

export type Packs = {
  readonly csrf: string;
  readonly member: Worker;
  readonly packs: TokenPage<PackView>;
};

export type ShownPack = {
  readonly csrf: string;
  readonly member: Worker;
  readonly shown: PackView;
  readonly done?: string | undefined;
};

const DONE = {
  ordered: 'The pack is ordered. It is made in a moment.',
  there: 'There is one like it already: this one.',
};

const MOODS = { queued: 'open', running: 'open', ready: 'good', failed: 'bad' } as const;
const statusPill = ({ status }: ReviewPack): Html =>
  html`<span class="pill ${MOODS[status]}">${status}</span>`;

const row = ({ pack }: PackView): Html =>
  html`<tr><th scope="row"><a href="${packOf(pack.number)}">${titleOf(pack)}</a></th><td>${statusPill(pack)}</td><td class="wide">${time(pack.requestedAt)}</td></tr>`;

const table = ({ items, next_page_token }: TokenPage<PackView>): Html =>
  items.length === 0
    ? html`<p>There are none yet.</p>`
    : html`<table><caption>Newest first</caption>
<thead><tr><th scope="col">Pack</th><th scope="col">Status</th><th scope="col" class="wide">Ordered</th></tr></thead>
<tbody>${items.map(row)}</tbody></table>${nextPage(PACKS, {}, next_page_token)}`;

export const packsView = ({ member, packs }: Packs): PageParts => ({
  ...aroundWorkspace(member, 'packs'),
  title: 'Review packs',
  main: html`<h1>Review packs</h1>
<section class="card" aria-labelledby="new"><h2 id="new">A new one</h2>${orderForm({ format: 'csv', from: '', to: '' })}</section>
<section class="card" aria-labelledby="all"><h2 id="all">What there is</h2>${table(packs)}</section>`,
});

const result = ({ pack }: PackView): Html => {
  const here = packOf(pack.number);
  if (pack.status === 'queued' || pack.status === 'running')
    return html`<p>It is being made. <a href="${here}">Look again</a></p>`;
  return html`${
    pack.status === 'failed'
      ? html`<p>It could not be made: ${pack.failure ?? 'nobody knows why'}.</p>`
      : html`<p><a class="button" href="${here}/download" download>Download</a></p>`
  }<p><a href="${here}/regenerate">Make it anew</a></p>`;
};

const facts = ({ pack, run }: PackView): Html => html`<dl class="facts">
${fact('Status', statusPill(pack))}
${fact('Covers', html`${time(pack.order.from)} to ${time(pack.order.to)}`)}
${pack.reviewNumber !== undefined && fact('Of', html`<a href="${reviewOf(pack.reviewNumber)}">Review ${pack.reviewNumber}</a>`)}
${fact('Ordered', time(pack.requestedAt))}
${run.endedAt !== undefined && fact('Ended', time(run.endedAt))}
${pack.file !== undefined && fact('Size', size(pack.file.size))}</dl>`;

export const packView = ({ member, shown, done }: ShownPack): PageParts => {
  const title = titleOf(shown.pack);
  return {
    ...aroundWorkspace(member, 'packs', [{ name: title, href: packOf(shown.pack.number) }]),
    title,
    main: html`<h1>${title}</h1>${doneNotice(DONE, done)}
<section class="card">${facts(shown)}${result(shown)}</section>`,
  };
};
