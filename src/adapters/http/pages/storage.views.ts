import type { AccountEntitlements } from '../../../application/entitlements/index.js';
import type { Bucket } from '../../../domain/storage/bucket.js';
import type { Connection } from '../../../domain/storage/connection.js';
import { type Html, html } from '../kit/html.js';
import type { TokenPage } from '../kit/page.js';
import { connectionsCard } from './connections.views.js';
import type { ProjectMember } from './guards.js';
import { input, notice, type Problem, select, summary } from './kit/form.js';
import { time } from './kit/format.js';
import { csrfField, type PageParts } from './kit/layout.js';
import { nextPage } from './kit/list.js';
import { limitsBanner } from './limits.views.js';
import { about, mayManage, pill, sectionsOf, storageTrail } from './parts.js';
import { containerAddress, storageOf } from './places.js';

export type StorageView = {
  readonly member: ProjectMember;
  readonly standing: AccountEntitlements;
  readonly buckets: TokenPage<Bucket>;
  readonly connections: TokenPage<Connection>;
  readonly regions: readonly string[];
  readonly done?: string | undefined;
  /** What was typed into the form, and what is wrong with it. */
  readonly typed?: { readonly name: string; readonly region: string };
  readonly problem?: Problem;
};

const bucketRow = (member: ProjectMember, { id, name, region, status, createdAt }: Bucket): Html => {
  const href = containerAddress(member.account.id, { kind: 'bucket', id });
  return html`<tr><th scope="row">${
    status === 'active' ? html`<a href="${href}"><bdi>${name}</bdi></a>` : html`<bdi>${name}</bdi>`
  }</th><td class="wide">${region}</td><td>${pill(status)}</td><td class="wide">${time(createdAt)}</td>${
    mayManage(member) &&
    html`<td class="actions">${
      status !== 'deleting' && html`<a class="danger-link" href="${href}/remove">Delete${about(name)}</a>`
    }</td>`
  }</tr>`;
};

const buckets = ({ member, buckets: { items, next_page_token } }: StorageView): Html =>
  items.length === 0
    ? html`<p>There are no buckets yet.</p>`
    : html`<table><caption>Buckets that this server keeps</caption>
<thead><tr><th scope="col">Name</th><th scope="col" class="wide">Region</th><th scope="col">Status</th><th scope="col" class="wide">Created</th>${
        mayManage(member) && html`<th scope="col" class="actions">Actions</th>`
      }</tr></thead>
<tbody>${items.map((bucket) => bucketRow(member, bucket))}</tbody></table>
${nextPage(storageOf(member.account.id), {}, next_page_token)}`;

const newBucket = ({ member, regions, typed, problem }: StorageView): Html =>
  html`<section class="card" aria-labelledby="new-bucket"><h2 id="new-bucket">New bucket</h2>
<form method="post" action="${storageOf(member.account.id)}">${csrfField(member.csrf)}
${input({
  name: 'name',
  label: 'Name',
  hint: '3 to 63 lower-case letters, digits, dots and hyphens.',
  value: typed?.name,
  problem,
  attributes: html` required minlength="3" maxlength="63" autocomplete="off" autocapitalize="none" spellcheck="false"`,
})}
${select({ name: 'region', label: 'Region', options: regions.map((value) => ({ value })), value: typed?.region, problem })}
<button>Create bucket</button></form></section>`;

/** Words for what the address says was just done. Anything else it says is left unsaid. */
const DONE: Readonly<Record<string, string>> = {
  created: 'The bucket is there.',
  connected: 'The connection is there. Verify it to see whether it works.',
  forgotten: 'The connection is forgotten.',
  deleting: 'The bucket is being deleted, with all that is in it.',
};

export const storageView = (view: StorageView): PageParts => {
  const { member, problem, done } = view;
  return {
    title: `${problem ? 'Error: ' : ''}Storage of ${member.account.name}`,
    csrf: member.csrf,
    trail: storageTrail(member),
    sections: sectionsOf(member, 'storage'),
    main: html`<h1>Storage of <bdi>${member.account.name}</bdi></h1>
${summary(problem)}${limitsBanner(member, view.standing)}${notice(done === undefined ? undefined : DONE[done])}
<section class="card" aria-labelledby="buckets"><h2 id="buckets">Buckets</h2>${buckets(view)}</section>
${mayManage(member) && newBucket(view)}
${connectionsCard(member, view.connections)}`,
  };
};
