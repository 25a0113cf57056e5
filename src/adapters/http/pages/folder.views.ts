import type { Container } from '../../../application/storage/place.js';
import { isKept } from '../../../domain/storage/kept-bucket.js';
import { nameOf } from '../../../domain/storage/object-key.js';
import type { ListEntry } from '../../../ports/storage/object-store.js';
import { type Html, html } from '../kit/html.js';
import type { ProjectMember } from './guards.js';
import { input, notice, type Problem, summary } from './kit/form.js';
import { size, time } from './kit/format.js';
import { csrfField, type PageParts, type Step } from './kit/layout.js';
import { address, nextPage } from './kit/list.js';
import { about, sectionsOf, storageTrail } from './parts.js';
import { containerAddress, folderAddress } from './places.js';

export type FolderView = {
  readonly member: ProjectMember;
  readonly container: Container;
  readonly name: string;
  readonly prefix: string;
  readonly entries: readonly ListEntry[];
  readonly nextToken: string | undefined;
  readonly done?: string | undefined;
  readonly folder?: string | undefined;
  readonly problem?: Problem;
};

type Where = Pick<FolderView, 'member' | 'container' | 'name'>;

/** A name that is not empty to the eye. */
const shown = (name: string): Html => (name === '' ? html`<em>no name</em>` : html`<bdi>${name}</bdi>`);

/** Every folder on the way down, each with its own page. */
export const folderTrail = ({ member, container, name }: Where, prefix: string): readonly Step[] => {
  const segments = prefix.split('/').slice(0, -1);
  return [
    ...storageTrail(member),
    { name, href: folderAddress(member.account.id, container, '') },
    ...segments.map((segment, index) => ({
      name: segment === '' ? 'no name' : segment,
      href: folderAddress(member.account.id, container, `${segments.slice(0, index + 1).join('/')}/`),
    })),
  ];
};

const ROW = { download: 'Download', zip: 'ZIP', remove: 'Delete' };
const WHOLE = { download: 'Download', zip: 'Download all of it as ZIP', remove: 'Delete all of it' };

/** What the platform keeps is read here, and not changed. */
const isReadOnly = ({ container, name }: Where): boolean => container.kind === 'bucket' && isKept({ name });

/** What can be done with a file, or with all of a folder. */
const actions = (where: Where, key: string, recursive: boolean, labels = ROW): Html => {
  const base = containerAddress(where.member.account.id, where.container);
  const query = { key, ...(recursive && { recursive: 'true' }) };
  const name = nameOf(key);
  return html`<a href="${address(`${base}/download`, query)}" download>${
    recursive ? labels.zip : labels.download
  }${about(name)}</a>${
    !isReadOnly(where) &&
    html` <a class="danger-link" href="${address(`${base}/delete`, query)}">${labels.remove}${about(name)}</a>`
  }`;
};

const row = (where: Where, entry: ListEntry): Html => {
  const { member, container } = where;
  if (entry.type === 'folder')
    return html`<tr><th scope="row"><a href="${folderAddress(member.account.id, container, entry.prefix)}">${shown(
      nameOf(entry.prefix),
    )}/</a></th><td class="number">folder</td><td class="wide"></td><td class="actions">${actions(where, entry.prefix, true)}</td></tr>`;
  const { key, size: bytes, modifiedAt } = entry.object;
  return html`<tr><th scope="row">${shown(nameOf(key))}</th><td class="number">${size(bytes)}</td><td class="wide">${time(
    modifiedAt,
  )}</td><td class="actions">${actions(where, key, false)}</td></tr>`;
};

const listing = (view: FolderView): Html => {
  const { member, container, prefix, entries, nextToken } = view;
  if (entries.length === 0) return html`<p>There is nothing here yet.</p>`;
  return html`<table><caption>Files and folders</caption>
<thead><tr><th scope="col">Name</th><th scope="col">Size</th><th scope="col" class="wide">Changed</th><th scope="col" class="actions">Actions</th></tr></thead>
<tbody>${entries.map((entry) => row(view, entry))}</tbody></table>
${nextPage(containerAddress(member.account.id, container), { prefix }, nextToken, 'after')}`;
};

const upload = ({ member, container, prefix, folder, problem }: FolderView): Html =>
  html`<section class="card" aria-labelledby="upload"><h2 id="upload">Upload</h2>
<form method="post" enctype="multipart/form-data" action="${folderAddress(
    member.account.id,
    container,
    prefix,
  )}" class="drop" data-upload>${csrfField(member.csrf)}
${input({
  name: 'folder',
  label: 'Folder',
  hint: 'Below this one; it need not be there yet. Left empty, files go here.',
  value: folder,
  problem,
  attributes: html` autocomplete="off" autocapitalize="none" spellcheck="false"`,
})}
${input({ name: 'file', label: 'Files', type: 'file', problem, attributes: html` multiple required` })}
<p class="hint" data-drop-hint hidden>Or drop files anywhere on this page.</p>
<button>Upload</button>
<progress max="1" value="0" aria-label="Upload" hidden></progress>
<p role="status" aria-live="polite" data-status></p>
</form></section>`;

/** Words for what the address says was just done. Anything else it says is left unsaid. */
const DONE: Readonly<Record<string, string>> = {
  uploaded: 'Uploaded.',
  deleted: 'Deleted.',
  going_on: 'There is a lot to delete: it goes on in the background.',
};

const wholeFolder = (view: FolderView): Html | undefined =>
  view.prefix === '' || view.prefix === '/'
    ? undefined
    : html`<div class="row">${actions(view, view.prefix, true, WHOLE)}</div>`;

export const folderView = (view: FolderView): PageParts => {
  const { prefix, name, problem, done, member } = view;
  const title = prefix === '' ? name : nameOf(prefix);
  return {
    title: `${problem ? 'Error: ' : ''}${title}`,
    csrf: member.csrf,
    trail: folderTrail(view, prefix),
    sections: sectionsOf(member, 'storage', 'true'),
    main: html`<h1>${shown(title)}</h1>
${summary(problem)}${notice(done === undefined ? undefined : DONE[done])}
${wholeFolder(view)}
<section class="card">${listing(view)}</section>
${isReadOnly(view) ? html`<p>The platform keeps this bucket: what it wrote can be read here, and not changed.</p>` : upload(view)}`,
  };
};
