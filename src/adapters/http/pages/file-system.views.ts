import type { FileSystem } from '../../../domain/fleet/file-system.js';
import type { Gateway } from '../../../domain/fleet/gateway.js';
import { type Html, html } from '../kit/html.js';
import { accessView } from './file-system-access.views.js';
import { deedsFor, gatewayName, sentencesOf } from './file-system-words.js';
import { fileSystemsTrail } from './file-systems.views.js';
import type { ProjectMember } from './guards.js';
import { notice, type Problem, select, summary } from './kit/form.js';
import { time } from './kit/format.js';
import { csrfField, type PageParts, type Step } from './kit/layout.js';
import { address } from './kit/list.js';
import { mayManage, pill, sectionsOf } from './parts.js';
import { containerAddress, fileSystemAddress, fileSystemsOf } from './places.js';

export type FileSystemView = {
  readonly member: ProjectMember;
  readonly fileSystem: FileSystem;
  readonly password: string | undefined;
  /** What its bucket or connection is called. */
  readonly name: string;
  readonly gateway: Gateway | undefined;
  /** Those that it could be attached to. */
  readonly others: readonly Gateway[];
  readonly done?: string | undefined;
  readonly problem?: Problem;
};

/** The way to a file system's page. */
export const fileSystemTrail = (member: ProjectMember, id: string, name: string): readonly Step[] => [
  ...fileSystemsTrail(member),
  { name, href: fileSystemAddress(member.account.id, id) },
];

const here = ({ member, fileSystem }: FileSystemView): string =>
  fileSystemAddress(member.account.id, fileSystem.id);

type Deed = { readonly to: string; readonly label: string; readonly quiet?: boolean };

const deed = (view: FileSystemView, { to, label, quiet = false }: Deed, more?: Html): Html =>
  html`<form method="post" action="${here(view)}/${to}">${csrfField(view.member.csrf)}${more}<button id="do-${label.toLowerCase()}"${
    quiet && html` class="quiet"`
  }>${label}</button></form>`;

const wish = (desired: FileSystem['desired']): Html =>
  html`<input type="hidden" name="desired" value="${desired}">`;

const deeds = (view: FileSystemView): Html => {
  const { start, stop, flush, remove, discard } = deedsFor(view.fileSystem);
  const manages = mayManage(view.member);
  return html`<div class="row" id="deeds" data-live tabindex="-1">${
    manages && start && deed(view, { to: 'desired', label: 'Start' }, wish('running'))
  }${manages && stop && deed(view, { to: 'desired', label: 'Stop' }, wish('stopped'))}${
    flush && deed(view, { to: 'flush', label: 'Flush', quiet: true })
  }${manages && remove && html`<a class="danger-link" id="do-remove" href="${here(view)}/remove">Delete</a>`}${
    manages &&
    discard &&
    html`<a class="danger-link" id="do-discard" href="${here(view)}/discard">Discard what is not in the bucket</a>`
  }</div>`;
};

const state = ({ fileSystem }: FileSystemView): Html =>
  html`<div id="state" role="status" data-live><p>${pill(fileSystem.status)} ${sentencesOf(fileSystem).join(' ')}</p>${
    fileSystem.reason !== undefined && html`<p class="wrong"><bdi>${fileSystem.reason}</bdi></p>`
  }</div>`;

/** Without a script the page stays as it is; with one it follows what happens, and hides this. */
const follow = (view: FileSystemView): Html => {
  const gone = address(fileSystemsOf(view.member.account.id), { done: 'deleted' });
  return html`<p class="soft" data-events="${here(view)}/events" data-version="${view.fileSystem.version}" data-gone="${gone}">This is how it was when the page was loaded. <a href="${here(view)}">Look again</a></p>`;
};

const fact = (name: string, value: Html | string): Html => html`<div><dt>${name}</dt><dd>${value}</dd></div>`;

const facts = ({ member, fileSystem, name }: FileSystemView): Html => {
  const { source, region, instanceType, preload, createdAt } = fileSystem;
  return html`<dl class="facts">${fact(
    source.kind === 'bucket' ? 'Bucket' : 'Connection',
    html`<a href="${containerAddress(member.account.id, source)}"><bdi>${name}</bdi></a>`,
  )}${fact('Region', region)}${fact('Instance type', instanceType)}${fact('Preload', preload ? 'yes' : 'no')}${fact(
    'Created',
    time(createdAt),
  )}</dl>`;
};

const detach = (view: FileSystemView, gateway: Gateway): Html =>
  html`<p class="hint">Detached, it is stopped, and can be attached to another gateway.</p>${deed(
    view,
    { to: 'detach', label: 'Detach', quiet: true },
    html`<input type="hidden" name="gateway_id" value="${gateway.id}">`,
  )}`;

const attach = (view: FileSystemView): Html =>
  deed(
    view,
    { to: 'attach', label: 'Attach', quiet: true },
    select({
      name: 'gateway_id',
      label: 'Attach it to another gateway',
      options: view.others.map((gateway) => ({ value: gateway.id, label: gatewayName(gateway) })),
      problem: view.problem,
    }),
  );

const gatewayPart = (view: FileSystemView): Html => {
  const { gateway, others, member, fileSystem } = view;
  const { status } = fileSystem;
  return html`<div id="gateway" data-live tabindex="-1">${
    gateway
      ? html`<p>${pill(gateway.status)} ${gatewayName(gateway)}, ${
          gateway.auto ? 'made for this file system.' : 'which serves whatever is attached to it.'
        }</p>`
      : html`<p>No gateway holds it.</p>`
  }${mayManage(member) && gateway && status !== 'terminating' && detach(view, gateway)}${
    mayManage(member) && status === 'stopped' && others.length > 0 && attach(view)
  }</div>`;
};

/** Words for what the address says was just done. Anything else it says is left unsaid. */
const DONE: Readonly<Record<string, string>> = {
  created: 'The file system is there. Its gateway is on the way.',
  running: 'It is being started.',
  stopped: 'It is being stopped, once what was written is in the bucket.',
  flushing: 'What was written so far is being sent to the bucket.',
  attached: 'It is attached to the gateway.',
  detaching: 'The gateway lets go of it, once what was written is in the bucket.',
};

export const fileSystemView = (view: FileSystemView): PageParts => {
  const { member, fileSystem, name, problem, done, password } = view;
  return {
    title: `${problem ? 'Error: ' : ''}File system of ${name}`,
    csrf: member.csrf,
    trail: fileSystemTrail(member, fileSystem.id, name),
    sections: sectionsOf(member, 'file-systems', 'true'),
    main: html`<h1>File system of <bdi>${name}</bdi></h1>
${summary(problem)}${notice(done === undefined ? undefined : DONE[done])}
<section class="card" aria-labelledby="status"><h2 id="status">Status</h2>${state(view)}${follow(view)}${deeds(view)}</section>
<section class="card" aria-labelledby="access"><h2 id="access">Access</h2><div id="ways-in" data-live tabindex="-1">${accessView(fileSystem.served, password)}</div><p role="status" data-copied></p></section>
<section class="card" aria-labelledby="what"><h2 id="what">What it is</h2>${facts(view)}</section>
<section class="card" aria-labelledby="who"><h2 id="who">Gateway</h2>${gatewayPart(view)}</section>`,
  };
};
