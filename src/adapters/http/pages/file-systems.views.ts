import type { AccountEntitlements } from '../../../application/entitlements/index.js';
import type { FileSystem } from '../../../domain/fleet/file-system.js';
import type { Gateway } from '../../../domain/fleet/gateway.js';
import { type InstanceType, usualType } from '../../../domain/fleet/instance-type.js';
import type { Offer } from '../../../ports/fleet/providers.js';
import { type Html, html } from '../kit/html.js';
import type { TokenPage } from '../kit/page.js';
import { gatewayName } from './file-system-words.js';
import type { ProjectMember } from './guards.js';
import { checkbox, notice, type Option, type Problem, select, summary } from './kit/form.js';
import { shortDecimal, time } from './kit/format.js';
import { csrfField, type PageParts, type Step } from './kit/layout.js';
import { nextPage } from './kit/list.js';
import { limitsBanner } from './limits.views.js';
import { mayManage, pill, sectionsOf, storageTrail } from './parts.js';
import { fileSystemAddress, fileSystemsOf, storageOf } from './places.js';

/** What a file system can show, and how its owner calls it. */
export type Showable = {
  readonly kind: 'bucket' | 'connection';
  readonly id: string;
  readonly name: string;
  /** It can be shown now. */
  readonly ready: boolean;
};
export type TypedFileSystem = {
  readonly source: string;
  readonly region: string;
  readonly instance_type: string;
  readonly preload: boolean;
};
export type FileSystemsView = {
  readonly member: ProjectMember;
  readonly standing: AccountEntitlements;
  readonly fileSystems: TokenPage<FileSystem>;
  readonly gateways: TokenPage<Gateway>;
  readonly sources: readonly Showable[];
  readonly offers: readonly Offer[];
  readonly currency: string;
  /** Ties the form to one file system, however often it is sent. */
  readonly formId: string;
  readonly done?: string | undefined;
  readonly typed?: TypedFileSystem;
  readonly problem?: Problem;
};

/** The way to the file systems of a project. */
export const fileSystemsTrail = (member: ProjectMember): readonly Step[] => [
  ...storageTrail(member),
  { name: 'File systems', href: fileSystemsOf(member.account.id) },
];

const row = (
  view: FileSystemsView,
  { id, source, region, instanceType, status, createdAt }: FileSystem,
): Html => {
  const name = view.sources.find((one) => one.id === source.id)?.name ?? source.id;
  return html`<tr><th scope="row"><a href="${fileSystemAddress(view.member.account.id, id)}"><bdi>${name}</bdi></a></th><td class="wide">${region} / ${instanceType}</td><td>${pill(status)}</td><td class="wide">${time(createdAt)}</td></tr>`;
};

const table = (view: FileSystemsView): Html => {
  const { items, next_page_token } = view.fileSystems;
  if (items.length === 0)
    return html`<p>There are no file systems yet. A file system lets programs work on the files of a bucket as if they lay on a disk.</p>`;
  return html`<table><caption>Buckets and connections shown as file systems</caption>
<thead><tr><th scope="col">Shows</th><th scope="col" class="wide">Runs on</th><th scope="col">Status</th><th scope="col" class="wide">Created</th></tr></thead>
<tbody>${items.map((one) => row(view, one))}</tbody></table>
${nextPage(fileSystemsOf(view.member.account.id), {}, next_page_token)}`;
};

const gatewayRow = (gateway: Gateway): Html =>
  html`<tr><th scope="row">${gatewayName(gateway)}</th><td class="wide">${
    gateway.auto ? 'one file system' : 'any that are attached'
  }</td><td>${pill(gateway.status)}</td><td class="wide">${time(gateway.createdAt)}</td></tr>`;

const gateways = ({ member, gateways: { items, next_page_token } }: FileSystemsView): Html | undefined =>
  items.length === 0
    ? undefined
    : html`<section class="card" aria-labelledby="gateways"><h2 id="gateways">Gateways</h2>
<table><caption>Instances that serve the file systems</caption>
<thead><tr><th scope="col">Gateway</th><th scope="col" class="wide">Made for</th><th scope="col">Status</th><th scope="col" class="wide">Created</th></tr></thead>
<tbody>${items.map(gatewayRow)}</tbody></table>
${nextPage(fileSystemsOf(member.account.id), {}, next_page_token, 'gateways_token')}</section>`;

const KINDS = { bucket: 'Bucket', connection: 'Connection' } as const;
const sourceOption = ({ kind, id, name }: Showable): Option => ({
  value: `${kind}:${id}`,
  label: `${KINDS[kind]} ${name}`,
});

const costs = ({ freeTier, microsPerHour }: InstanceType, currency: string): string =>
  freeTier || microsPerHour === 0n
    ? 'free'
    : `${shortDecimal(microsPerHour, 6)} ${currency.toUpperCase()} an hour`;

const typeOption = (type: InstanceType, currency: string): Option => ({
  value: type.name,
  label: `${type.displayName} (${type.name}), ${costs(type, currency)}`,
});

const typesIn = ({ offers }: FileSystemsView): readonly InstanceType[] => [
  ...new Map(
    offers.flatMap(({ instanceTypes }) => instanceTypes.map((type) => [type.name, type] as const)),
  ).values(),
];

const fields = (view: FileSystemsView, sources: readonly Showable[]): Html => {
  const { member, offers, currency, typed, problem, formId } = view;
  const types = typesIn(view);
  const regions = [...new Set(offers.flatMap((offer) => offer.regions))];
  return html`<form method="post" action="${fileSystemsOf(member.account.id)}">${csrfField(member.csrf)}
<input type="hidden" name="form_id" value="${formId}">
${select({ name: 'source', label: 'Show', options: sources.map(sourceOption), value: typed?.source, problem })}
${select({ name: 'region', label: 'Region', options: regions.map((value) => ({ value })), value: typed?.region, problem })}
${select({
  name: 'instance_type',
  label: 'Instance type',
  options: types.map((type) => typeOption(type, currency)),
  value: typed?.instance_type ?? usualType(types)?.name,
  problem,
})}
${checkbox({
  name: 'preload',
  label: 'Preload',
  hint: 'Reads the files into the gateway’s cache as soon as it runs.',
  checked: typed?.preload,
  problem,
})}
<button>Create file system</button></form>`;
};

const ways = (view: FileSystemsView): Html => {
  const ready = view.sources.filter((source) => source.ready);
  if (view.offers.length === 0)
    return html`<p>This server can run no gateways at the moment, so there is nothing to serve a file system.</p>`;
  if (ready.length > 0) return fields(view, ready);
  return html`<p>A file system shows a bucket or a connection. <a href="${storageOf(view.member.account.id)}">Create a bucket first</a>.</p>`;
};

/** Words for what the address says was just done. Anything else it says is left unsaid. */
const DONE: Readonly<Record<string, string>> = {
  deleting: 'The file system is being deleted. Its files stay where they are.',
  discarding: 'The file system is being deleted, and what was not in the bucket yet with it.',
  deleted: 'The file system is deleted. Its files stay where they are.',
};

export const fileSystemsView = (view: FileSystemsView): PageParts => {
  const { member, problem, done } = view;
  return {
    title: `${problem ? 'Error: ' : ''}File systems of ${member.account.name}`,
    csrf: member.csrf,
    trail: fileSystemsTrail(member),
    sections: sectionsOf(member, 'file-systems'),
    main: html`<h1>File systems of <bdi>${member.account.name}</bdi></h1>
${summary(problem)}${limitsBanner(member, view.standing)}${notice(done === undefined ? undefined : DONE[done])}
<section class="card" aria-labelledby="file-systems"><h2 id="file-systems">File systems</h2>${table(view)}</section>
${
  mayManage(member) &&
  html`<section class="card" aria-labelledby="new"><h2 id="new">New file system</h2>${ways(view)}</section>`
}
${gateways(view)}`,
  };
};
