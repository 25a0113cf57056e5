import { afterAll, beforeAll, expect } from 'vitest';
import { type AnyRoute, split } from '../../../src/adapters/http/kit/route.js';
import type { App } from '../../../src/adapters/http/tenantpilot/app.js';
import { forms, routes } from '../../../src/adapters/http/tenantpilot/index.js';
import { ports } from '../../../src/composition/tokens.js';
import type { User } from '../../../src/domain/accounts/user.js';
import type { UserId } from '../../../src/domain/shared/ids.js';
import type { TestApp, TestAppOptions } from '../../support/app.js';
import { clientOf, join, type Person, person } from '../../support/client.js';
import { csrfOf, type Fields, type Page, type Surfer, signedIn, surfer } from './pages.surfer.js';

export type Open = (options?: Omit<TestAppOptions, 'db'>) => Promise<TestApp>;
export type PlaneRoute = AnyRoute<App>;
export const published = Object.values(routes) as unknown as readonly PlaneRoute[];
export const allRoutes: readonly PlaneRoute[] = [...published, ...forms];

export const JSON_WANTED = { accept: 'application/json' };
export const HTML_WANTED = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

/** Somebody with a browser, who can also do what programs do. */
export const visitorOf = (surf: Surfer, csrf = 'x') => ({
  ...surf,
  csrf,
  /** The page, as browsers ask for it. */
  page: (address: string) => surf.get(address, HTML_WANTED),
  /** Its view model. */
  read: async (address: string) => {
    const answer = await surf.get(address, JSON_WANTED);
    return { ...answer, body: answer.text === '' ? undefined : JSON.parse(answer.text) };
  },
  /** What programs send: a document, and the token in a header. */
  act: async (address: string, document?: unknown, headers: Readonly<Record<string, string>> = {}) => {
    const body = document === undefined ? '' : JSON.stringify(document);
    const type = document === undefined ? {} : { 'content-type': 'application/json' };
    const answer = await surf.post(address, body, {
      ...JSON_WANTED,
      'x-csrf-token': csrf,
      ...type,
      ...headers,
    });
    const isJson = answer.headers.get('content-type')?.startsWith('application/json');
    return { ...answer, body: isJson ? JSON.parse(answer.text) : undefined };
  },
});
export type Visitor = ReturnType<typeof visitorOf>;

const enter = async (app: TestApp, { email }: Person): Promise<Visitor> => {
  const surf = await signedIn(app, email);
  return visitorOf(surf, await csrfOf(surf));
};

/** What `npm run admin` does with a user. */
export const promote = async (
  { container }: TestApp,
  { id }: Person,
  as: Pick<User, 'platformAdmin' | 'platformViewer'>,
): Promise<void> => {
  const granted = await container
    .get(ports.accounts)
    .run((tx) => tx.users.get(id as UserId).andThen((user) => tx.users.save({ ...user, ...as })));
  expect(granted.isOk()).toBe(true);
};

export type Stage = {
  readonly app: TestApp;
  readonly projectId: string;
  readonly people: Readonly<Record<'owner' | 'member' | 'operator' | 'viewer' | 'stranger', Person>>;
  readonly owner: Visitor;
  readonly member: Visitor;
  /** Of the platform: may do everything in its plane. */
  readonly operator: Visitor;
  /** Of the platform: may look, and change nothing. */
  readonly viewer: Visitor;
  /** Has a workspace of their own, and no part in this one. */
  readonly stranger: Visitor;
  readonly nobody: () => Visitor;
  readonly ids: Readonly<Record<string, string>>;
};

/** A workspace with its people on a server. */
export const staged = async (app: TestApp): Promise<Stage> => {
  const call = clientOf(app);
  const owner = await person(call);
  const project = async ({ token }: Person, name: string): Promise<string> =>
    (await call('POST /v1/projects', { token, json: { name } })).body.id;
  const projectId = await project(owner, 'Workspace <b>A</b>');
  const [operator, viewer, stranger] = [await person(call), await person(call), await person(call)];
  await project(stranger, 'Workspace Z');
  await promote(app, operator, { platformAdmin: true });
  await promote(app, viewer, { platformAdmin: false, platformViewer: true });
  const people = {
    owner,
    member: await join(app, call, projectId, owner, 'member'),
    operator,
    viewer,
    stranger,
  };
  const at = await enter(app, owner);
  const settings = await at.read('/admin/settings/workspace');
  expect([settings.status, settings.text]).toEqual([200, settings.text]);
  const onboarding = await at.page('/admin/onboarding');
  const range = { from: '2026-01-01T00:00:00Z', to: '2026-01-11T00:00:00Z' };
  const review = await at.act('/admin/tenant-reviews', { title: 'January', ...range });
  const pack = await at.act('/admin/review-packs/actions/generate');
  expect([review.status, pack.status, pack.text]).toEqual([201, 202, pack.text]);
  await app.drain();
  return {
    app,
    projectId,
    people,
    owner: at,
    member: await enter(app, people.member),
    operator: await enter(app, operator),
    viewer: await enter(app, viewer),
    stranger: await enter(app, stranger),
    nobody: () => visitorOf(surfer(app)),
    ids: {
      workspace: String(settings.body.workspace.id),
      onboardingDraft: /\d+$/.exec(onboarding.location ?? '')?.[0] ?? '',
      tenantReview: String(review.body.id),
      reviewPack: String(pack.body.id),
    },
  };
};

/** A server with a workspace on it, for all scenarios of a file. */
export const onStage = (open: Open, answered: Set<string>, begin: (stage: Stage) => void): void => {
  let app: TestApp;
  beforeAll(async () => {
    app = await open();
    begin(await staged(app));
  });
  afterAll(async () => {
    for (const line of app.answered) answered.add(line);
    expect(app.complaints).toEqual([]);
    await app.close();
  });
};

/** Sessions end when time is moved on. */
export const signedInAgain = ({ app, people }: Stage, who: keyof Stage['people']): Promise<Visitor> =>
  enter(app, people[who]);

/** The stranger's workspace, of which nobody has said anything. */
export const another = async ({ stranger }: Stage): Promise<Pick<Stage, 'owner' | 'ids'>> => {
  const { body } = await stranger.read('/admin/settings/workspace');
  const { location = '' } = await stranger.page('/admin/onboarding');
  const onboardingDraft = location.slice(location.lastIndexOf('/') + 1);
  return { owner: stranger, ids: { workspace: String(body.workspace.id), onboardingDraft } };
};

const TRUTH = {
  state: 'active',
  current_period_starts_at: '2026-01-01T00:00:00Z',
  current_period_ends_at: '2026-02-01T00:00:00Z',
  status_reason: 'paid by invoice',
};
const TYPED_TRUTH: Fields = {
  state: 'active',
  billing_reference: 'PO-1',
  status_reason: 'paid by invoice',
  trial_ends_at: '2026-01-20T00:00',
  current_period_starts_at: '2026-01-01T00:00',
  current_period_ends_at: '2026-02-01T00:00',
};
const TYPED_STATE: Fields = { commercial_state: 'grace', reason: 'a week more' };
const TYPED_DAYS: Fields = { from: '2026-01-01', to: '2026-01-10' };

/** Documents that operations take. */
export const DOCUMENTS: Readonly<Record<string, unknown>> = {
  updateSubscriptionTruth: TRUTH,
  changeCommercialState: { state: 'grace', reason: 'a week more' },
  generateReviewPack: {},
  createTenantReview: { title: 'A review', from: '2026-01-01T00:00:00Z', to: '2026-01-11T00:00:00Z' },
};
/** What forms hold, and what their pages are asked with. */
export const TYPED: Readonly<Record<string, Fields>> = {
  truthPage: TYPED_TRUTH,
  confirmTruth: { ...TYPED_TRUTH, expected: '0' },
  statePage: TYPED_STATE,
  confirmState: { ...TYPED_STATE, expected: '0' },
  generationPage: TYPED_DAYS,
  confirmGeneration: TYPED_DAYS,
  makeReview: { title: 'A review', ...TYPED_DAYS },
};

export const methodOf = (route: Pick<PlaneRoute, 'at'>): string => split(route.at).method;
export const isSystem = (route: Pick<PlaneRoute, 'at'>): boolean =>
  split(route.at).path.startsWith('/system');
/** Everything but the choice of a workspace lies in a plane that not everybody has a part in. */
export const isInPlane = (route: PlaneRoute): boolean => route.auth.statuses.includes(404);

/** Its address; a number that is not given is nobody's. */
export const addressOf = (route: PlaneRoute, ids: Stage['ids'], query?: Fields): string => {
  const path = split(route.at).path.replaceAll(
    /\{(\w+)\}/g,
    (_all, name: string) => ids[name] ?? '999999999',
  );
  const asked = query ?? (methodOf(route) === 'GET' ? TYPED[route.operationId] : undefined);
  return asked ? `${path}?${new URLSearchParams(asked)}` : path;
};

/** Asks for a route as it wants to be asked: a page, a document, or a form with the visitor's token. */
export const visit = (
  who: Visitor,
  route: PlaneRoute,
  ids: Stage['ids'],
  { csrf = who.csrf, headers = {} }: { readonly csrf?: string; readonly headers?: Fields } = {},
): Promise<Page> => {
  const address = addressOf(route, ids);
  if (methodOf(route) === 'GET') return who.get(address, { ...HTML_WANTED, ...headers });
  if (route.body?.kind === 'form')
    return who.post(address, { ...TYPED[route.operationId], csrf }, { ...HTML_WANTED, ...headers });
  return who.act(address, DOCUMENTS[route.operationId], { 'x-csrf-token': csrf, ...headers });
};
