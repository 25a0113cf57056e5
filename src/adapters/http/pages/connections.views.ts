import type { Check } from '../../../application/storage/connections/probes.js';
import type { Connection, Provider } from '../../../domain/storage/connection.js';
import { type Html, html } from '../kit/html.js';
import type { TokenPage } from '../kit/page.js';
import type { ProjectMember } from './guards.js';
import { input, type Problem, summary, textarea } from './kit/form.js';
import { csrfField, type PageParts } from './kit/layout.js';
import { address, nextPage } from './kit/list.js';
import { about, mayManage, pill, sectionsOf, storageTrail } from './parts.js';
import { containerAddress, storageOf } from './places.js';

const PROVIDER_NAMES: Readonly<Record<Provider, string>> = {
  aws: 'Amazon S3',
  gcp: 'Google Cloud Storage',
  s3compat: 'S3-compatible store',
};

const hrefOf = (member: ProjectMember, id: string): string =>
  containerAddress(member.account.id, { kind: 'connection', id });
const newAddress = (member: ProjectMember, provider: Provider): string =>
  address(`${storageOf(member.account.id)}/connections/new`, { provider });

const verifyForm = (member: ProjectMember, { id, uri }: Pick<Connection, 'id' | 'uri'>): Html =>
  html`<form method="post" action="${hrefOf(member, id)}/verify">${csrfField(member.csrf)}<button class="quiet">Verify${about(uri)}</button></form>`;

const row = (member: ProjectMember, connection: Connection): Html => {
  const { id, uri, provider, status } = connection;
  const href = hrefOf(member, id);
  return html`<tr><th scope="row"><a href="${href}"><bdi>${uri}</bdi></a></th><td class="wide">${PROVIDER_NAMES[provider]}</td><td>${pill(status)}</td>${
    mayManage(member) &&
    html`<td class="actions">${verifyForm(member, connection)} <a class="danger-link" href="${href}/remove">Delete${about(uri)}</a></td>`
  }</tr>`;
};

const table = (member: ProjectMember, { items, next_page_token }: TokenPage<Connection>): Html =>
  items.length === 0
    ? html`<p>There are no connections to buckets of your own yet.</p>`
    : html`<table><caption>Buckets of your own, elsewhere</caption>
<thead><tr><th scope="col">Address</th><th scope="col" class="wide">Provider</th><th scope="col">Status</th>${
        mayManage(member) && html`<th scope="col" class="actions">Actions</th>`
      }</tr></thead>
<tbody>${items.map((connection) => row(member, connection))}</tbody></table>
${nextPage(storageOf(member.account.id), {}, next_page_token, 'connections_token')}`;

/** The connections of a project, and the ways to a new one. */
export const connectionsCard = (member: ProjectMember, connections: TokenPage<Connection>): Html =>
  html`<section class="card" aria-labelledby="connections"><h2 id="connections">Connections</h2>${table(member, connections)}
${
  mayManage(member) &&
  html`<p>Connect a bucket of your own:</p><ul>${(Object.keys(PROVIDER_NAMES) as Provider[]).map(
    (provider) => html`<li><a href="${newAddress(member, provider)}">${PROVIDER_NAMES[provider]}</a></li>`,
  )}</ul>`
}</section>`;

/** What was typed; secrets are typed anew. */
export type TypedConnection = {
  readonly uri: string;
  readonly region: string;
  readonly endpoint: string;
  readonly access_key_id: string;
};
export type ConnectionForm = {
  readonly member: ProjectMember;
  readonly provider: Provider;
  readonly typed?: TypedConnection;
  readonly problem?: Problem;
};

const PLAIN = html` required autocomplete="off" autocapitalize="none" spellcheck="false"`;
const SECRET_HINT = 'It is kept sealed, and never shown again.';

const whereFields = ({ provider, typed, problem }: ConnectionForm): Html =>
  html`${input({
    name: 'uri',
    label: 'Address of the bucket',
    hint: `${provider === 'gcp' ? 'gs' : 's3'}://bucket, or ${provider === 'gcp' ? 'gs' : 's3'}://bucket/folder to reach nothing but that folder.`,
    value: typed?.uri,
    problem,
    attributes: PLAIN,
  })}${input({
    name: 'region',
    label: 'Region',
    hint: provider === 'gcp' ? 'As europe-west1.' : 'As eu-central-1.',
    value: typed?.region,
    problem,
    attributes: PLAIN,
  })}${
    provider === 's3compat' &&
    input({
      name: 'endpoint',
      label: 'Endpoint',
      hint: 'As https://s3.example.com.',
      type: 'url',
      value: typed?.endpoint,
      problem,
      attributes: PLAIN,
    })
  }`;

const wayIn = ({ provider, typed, problem }: ConnectionForm): Html =>
  provider === 'gcp'
    ? textarea({
        name: 'service_account_json',
        label: 'Key of a service account, as JSON',
        hint: SECRET_HINT,
        problem,
        attributes: PLAIN,
      })
    : html`${input({
        name: 'access_key_id',
        label: 'Access key id',
        value: typed?.access_key_id,
        problem,
        attributes: PLAIN,
      })}${input({
        name: 'secret_access_key',
        label: 'Secret access key',
        type: 'password',
        hint: SECRET_HINT,
        problem,
        attributes: PLAIN,
      })}`;

export const connectionFormView = (form: ConnectionForm): PageParts => {
  const { member, provider, problem } = form;
  const href = newAddress(member, provider);
  const title = `New connection: ${PROVIDER_NAMES[provider]}`;
  return {
    title: `${problem ? 'Error: ' : ''}${title}`,
    csrf: member.csrf,
    trail: [...storageTrail(member), { name: title, href }],
    sections: sectionsOf(member, 'storage', 'true'),
    main: html`<h1>${title}</h1>
${summary(problem)}
<form method="post" action="${href}" class="card">${csrfField(member.csrf)}
${whereFields(form)}${wayIn(form)}
<button>Connect</button></form>`,
  };
};

export type Verified = {
  readonly member: ProjectMember;
  readonly connection: Connection;
  readonly checks: readonly Check[];
};

const told = ({ ok, message }: Check): Html =>
  ok
    ? html`works${message !== undefined && html`: <bdi>${message}</bdi>`}`
    : html`<bdi>${message ?? 'fails'}</bdi>`;

/** What each probe found. */
export const verificationView = ({ member, connection, checks }: Verified): PageParts => ({
  title: 'Verification',
  csrf: member.csrf,
  trail: [
    ...storageTrail(member),
    { name: connection.uri, href: hrefOf(member, connection.id) },
    { name: 'Verification', href: '' },
  ],
  sections: sectionsOf(member, 'storage', 'true'),
  main: html`<h1>Verification of <bdi>${connection.uri}</bdi></h1>
<p role="status">${
    checks.every(({ ok }) => ok) ? 'All of it works.' : 'Not all of it works.'
  } The connection is ${connection.status}.</p>
<section class="card"><table><caption>What was tried</caption>
<thead><tr><th scope="col">Right</th><th scope="col">Result</th></tr></thead>
<tbody>${checks.map(
    (check) => html`<tr><th scope="row">${check.name}</th><td>${told(check)}</td></tr>`,
  )}</tbody></table></section>
<div class="row">${verifyForm(member, connection)} <a href="${storageOf(member.account.id)}">To the storage of the project</a></div>`,
});
