import { err, ok, safeTry } from 'neverthrow';
import * as z from 'zod';
import { impossible } from '../../../application/shared/impossible.js';
import type { Container } from '../../../application/storage/place.js';
import type { App } from './app.js';
import { ContainerParams, nameOfContainer } from './containers.routes.js';
import { route } from './contract.js';
import { type FolderView, folderView } from './folder.views.js';
import { inProject, type ProjectMember, posted } from './guards.js';
import { unforged } from './kit/csrf.js';
import { inForm, invalidField, type Problem } from './kit/form.js';
import { layout, page, toPage } from './kit/layout.js';
import { address } from './kit/list.js';
import { type FilesForm, readForm } from './kit/multipart.js';
import { containerAddress, containerOf } from './places.js';
import { problemOf } from './words.js';

const PAGE_SIZE = 200;

/** A folder as addresses name it: empty, or with its slash. */
const Folder = z
  .string()
  .default('')
  .transform((text) => (text === '' || text.endsWith('/') ? text : `${text}/`));

type Asked = {
  readonly member: ProjectMember;
  readonly container: Container;
  readonly prefix: string;
  readonly after?: string | undefined;
};

const contentsOf = (app: App, { member, container, prefix, after }: Asked) =>
  safeTry(async function* () {
    const list = `objects:${container.id}:${prefix}`;
    const cursor = after === undefined ? undefined : yield* app.pages.read(list, after);
    const name = yield* nameOfContainer(app, container, member);
    const { entries, next } = yield* app.storage.listObjects(
      { container, prefix, after: cursor, limit: PAGE_SIZE },
      member,
    );
    const nextToken = next === undefined ? undefined : app.pages.issue(list, next);
    return ok<FolderView>({ member, container, name, prefix, entries, nextToken });
  });

export const folderPage = route({
  operationId: 'folderPage',
  at: 'GET /app/projects/{project_id}/storage/{place}/{container_id}',
  summary: 'The files and folders in a folder',
  auth: inProject('member'),
  request: {
    params: ContainerParams,
    query: z.object({ prefix: Folder, after: z.string().max(8_192).optional(), done: z.string().optional() }),
  },
  run: (app, { principal, params, query }) =>
    contentsOf(app, {
      member: principal,
      container: containerOf(params.place, params.container_id),
      prefix: query.prefix,
      after: query.after,
    }).map((view): FolderView => ({ ...view, done: query.done })),
  reply: page(folderView),
  errors: {
    invalid_page_token: 400,
    invalid_key: 400,
    forbidden: 403,
    store_denied: 403,
    not_found: 404,
    bucket_not_active: 409,
  },
});

const CHOOSE = invalidField('file', 'Choose a file to upload.');

/** `a/b` and `/a/b/` are the folder `a/b/` below the one that is shown. */
const below = (prefix: string, folder: string): string => {
  const name = folder.trim().replace(/^\/+|\/+$/g, '');
  return name === '' ? prefix : `${prefix}${name}/`;
};

/** Each file as it comes, the next one after the one before; answers the folder they are in. */
const storeFiles = (app: App, { member, container, prefix }: Asked, form: FilesForm, signal: AbortSignal) =>
  safeTry(async function* () {
    // Before a byte of any file is read: the field comes first.
    yield* unforged(member, form.fields);
    const folder = below(prefix, form.fields['folder'] ?? '');
    let file = yield* await form.nextFile();
    if (!file) return err(CHOOSE);
    for (let stored = 0; file; stored += 1) {
      if (file.name === '') return err(CHOOSE);
      const { name, bytes, contentType } = file;
      const key = `${folder}${name}`;
      yield* app.storage
        .uploadObject({ container, key, bytes, contentType, length: undefined, signal }, member)
        .mapErr((failure) => ({ ...failure, file: name, stored }));
      file = yield* await form.nextFile();
    }
    return ok(folder);
  });

/** The form lets go of the request however this ends. */
const storeAndClose = (app: App, asked: Asked, form: FilesForm, signal: AbortSignal) => {
  const closed = <V>(value: V): V => {
    form.close();
    return value;
  };
  return storeFiles(app, asked, form, signal).map(closed).mapErr(closed);
};

type Refused = { readonly kind: string; readonly file?: string; readonly stored?: number };

/** A key is made of both fields; of several files, the first ones may be there already. */
const problemWith = (folder: string, failure: Refused): Problem => {
  const { field, message } = problemOf(failure);
  const { file = '', stored = 0 } = failure;
  return {
    field: field === 'key' ? (folder === '' ? 'file' : 'folder') : field,
    message: stored === 0 ? message : `${file}: ${message} Stored before it: ${stored}.`,
  };
};

const again = (app: App, asked: Asked, folder: string, failure: Refused) =>
  contentsOf(app, asked)
    .map((view) => layout(folderView({ ...view, folder, problem: problemWith(folder, failure) })))
    .mapErr(impossible('invalid_page_token'));

export const uploadFiles = route({
  operationId: 'uploadFiles',
  at: 'POST /app/projects/{project_id}/storage/{place}/{container_id}',
  summary: 'Upload files',
  auth: posted(inProject('member')),
  request: { params: ContainerParams, query: z.object({ prefix: Folder }) },
  body: { kind: 'stream' },
  run: (app, { principal, params, query, body }) => {
    const container = containerOf(params.place, params.container_id);
    const asked = { member: principal, container, prefix: query.prefix };
    const here = containerAddress(principal.account.id, container);
    return readForm(body).andThen((form) =>
      inForm(
        storeAndClose(app, asked, form, body.signal)
          .map((prefix) => ({ to: address(here, { prefix, done: 'uploaded' }) }))
          .mapErr(impossible('precondition_failed', 'checksum_mismatch')),
        (failure) => again(app, asked, form.fields['folder'] ?? '', failure),
      ),
    );
  },
  reply: toPage(),
  errors: {
    malformed_form: 400,
    invalid_field: 400,
    invalid_key: 400,
    body_mismatch: 400,
    forbidden: 403,
    forged: 403,
    store_denied: 403,
    not_found: 404,
    bucket_not_active: 409,
    object_too_large: 413,
    storage_quota_exceeded: 507,
    store_full: 507,
  },
});
