import { afterAll, beforeAll, expect } from 'vitest';
import { type AnyRoute, split } from '../../../src/adapters/http/kit/route.js';
import type { App } from '../../../src/adapters/http/pages/app.js';
import { pages } from '../../../src/adapters/http/pages/index.js';
import type { TestApp, TestAppOptions } from '../../support/app.js';
import { clientOf, type World, world } from '../../support/client.js';
import { fleetOf } from './fleet.rig.js';
import {
  csrfOf,
  type Fields,
  type Page,
  type Resident,
  type Surfer,
  signedIn,
  surfer,
} from './pages.surfer.js';

export type Open = (options?: Omit<TestAppOptions, 'db'>) => Promise<TestApp>;
export type PageRoute = AnyRoute<App>;
export const allPages = pages;
export const RANDOM_ID = '01890a5d-ac96-774b-bcce-b302099a8057';

export const isPost = (route: PageRoute): boolean => split(route.at).method === 'POST';
export const needsSession = (route: PageRoute): boolean => route.auth.security === 'cookie';
export const inProject = (route: PageRoute): boolean => route.at.includes('{project_id}');
const ADMINS = [
  'storage',
  'new',
  'verify',
  'remove',
  'file-systems',
  'desired',
  'attach',
  'detach',
  'discard',
];
/** Pages that only admins and owners may use. */
export const forAdmins = (route: PageRoute): boolean =>
  inProject(route) &&
  ADMINS.some((end) => route.at.endsWith(`/${end}`)) &&
  !['storagePage', 'fileSystemsPage'].includes(route.operationId);
/** Pages that only owners may use. */
export const forOwners = (route: PageRoute): boolean => route.at.includes('{project_id}/billing');

/** What a page cannot do without. */
const QUERIES: Readonly<Record<string, Fields>> = {
  connectionFormPage: { provider: 'aws' },
  makeConnection: { provider: 'aws' },
  verificationPage: { result: 'x' },
  downloadFile: { key: 'a/file.txt' },
  removeFilePage: { key: 'a/file.txt' },
  removeFile: { key: 'a/file.txt' },
};

export type Ids = Readonly<Record<string, string>>;
export const idsOf = ({ projectId, bucketId, connectionId }: World, fileSystemId: string): Ids => ({
  project_id: projectId,
  place: 'b',
  container_id: bucketId,
  connection_id: connectionId,
  file_system_id: fileSystemId,
});

/** A page's address for the ids of a world; an id that is not given is nobody's. */
export const addressOf = (route: PageRoute, ids: Ids, query = QUERIES[route.operationId]): string => {
  const path = split(route.at).path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => ids[name] ?? RANDOM_ID);
  return query ? `${path}?${new URLSearchParams(query)}` : path;
};

/** A form with files, as a browser sends it. */
export const filesForm = (
  csrf: string | undefined,
  files: readonly File[],
  fields: Fields = {},
): FormData => {
  const data = new FormData();
  if (csrf !== undefined) data.append('csrf', csrf);
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  for (const file of files) data.append('file', file, file.name);
  return data;
};

/** Sends a page's form, with whatever token, and nothing typed into it. */
export const send = (
  surf: Surfer,
  route: PageRoute,
  ids: Ids,
  csrf: string | undefined,
  headers: Readonly<Record<string, string | undefined>> = {},
): Promise<Page> => {
  const token = csrf === undefined ? {} : { csrf };
  const body = route.body?.kind === 'stream' ? filesForm(csrf, [new File(['content'], 'new.txt')]) : token;
  return surf.post(addressOf(route, ids), body, headers);
};

/** Asks for a page as its method wants it. */
export const visit = async (surf: Surfer, route: PageRoute, ids: Ids, csrf?: string): Promise<Page> =>
  isPost(route) ? send(surf, route, ids, csrf) : surf.get(addressOf(route, ids));

export type Stage = {
  readonly app: TestApp;
  readonly here: World;
  readonly ids: Ids;
  readonly owner: Resident;
  readonly admin: Resident;
  readonly member: Resident;
  readonly stranger: Resident;
  /** Somebody who has not signed in. */
  readonly nobody: () => Surfer;
  readonly csrf: Readonly<Record<'owner' | 'admin' | 'member' | 'stranger', string>>;
};

/** The bucket of the stage: its page, and the keys that the API finds in it. */
export const bucketOn = (stage: () => Stage) => ({
  bucket: () => `/app/projects/${stage().here.projectId}/storage/b/${stage().here.bucketId}`,
  keysBelow: async (prefix: string): Promise<readonly string[]> => {
    const { app, here } = stage();
    const at = `GET /v1/buckets/${here.bucketId}/objects?${new URLSearchParams({ prefix })}`;
    const { body } = await clientOf(app)(at, { token: here.owner.token });
    return body.items.map(({ key }: { key: string }) => key);
  },
});

/** One world on a server, with a file system in it, its people signed in through the pages. */
const staged = async (app: TestApp): Promise<Stage> => {
  const here = await world(app, clientOf(app));
  const [owner, admin, member, stranger] = (await Promise.all(
    [here.owner, here.admin, here.member, here.stranger].map(({ email }) => signedIn(app, email)),
  )) as [Resident, Resident, Resident, Resident];
  const csrf = {
    owner: await csrfOf(owner),
    admin: await csrfOf(admin),
    member: await csrfOf(member),
    stranger: await csrfOf(stranger),
  };
  const ids = idsOf(here, await fleetOf(clientOf(app), here).made());
  return { app, here, ids, owner, admin, member, stranger, nobody: () => surfer(app), csrf };
};

const leave = async (app: TestApp, answered: Set<string>): Promise<void> => {
  for (const line of app.answered) answered.add(line);
  expect(app.complaints).toEqual([]);
  await app.close();
};

/** A server with a world on it, for all scenarios of a file. */
export const onStage = (open: Open, answered: Set<string>, begin: (stage: Stage) => void): void => {
  let app: TestApp;
  beforeAll(async () => {
    app = await open();
    begin(await staged(app));
  });
  afterAll(() => leave(app, answered));
};

/** Another one, for one scenario. */
export const elsewhere = async (
  opened: Promise<TestApp>,
  answered: Set<string>,
  play: (stage: Stage) => Promise<void>,
): Promise<void> => {
  const app = await opened;
  await play(await staged(app));
  await leave(app, answered);
};
