import fc from 'fast-check';
import { uuidv7 } from 'uuidv7';
import { describe, expect, it } from 'vitest';
import type { AnyRoute } from '../../../src/adapters/http/kit/route.js';
import type { App } from '../../../src/adapters/http/training-pipes/app.js';
import type { TestApp } from '../../support/app.js';
import { type Answer, type Client, clientOf } from '../../support/client.js';
import { address, from } from '../../support/from.js';
import { allRoutes, at, needed, type Open, pathParams, payload, shapeOf } from './rig.js';
import { newTenant, type Recipe, recipe, type Tenant } from './tenants.js';

type Ids = Readonly<Record<string, string>>;
type Route = AnyRoute<App>;

const guarded = allRoutes.filter(({ auth }) => auth.security === 'bearer');
const reading = allRoutes.filter((route) => route.at.startsWith('GET '));
/** Lists of no tenant: what only those read who run the platform, and what is open to all. */
const OF_NOBODY = [
  'listAllFileSystems',
  'listPlans',
  'listSubscriptionFeatures',
  'listSubscriptionPlanFeatures',
];
const addressed = guarded.filter((route) => pathParams(route).length > 0);

/** All ways to fill the parameters of a path, one id for each. */
const fillings = (route: Route, ids: Tenant['ids']): readonly Ids[] =>
  pathParams(route).reduce<readonly Ids[]>(
    (some, name) => some.flatMap((filled) => (ids[name] ?? []).map((id) => ({ ...filled, [name]: id }))),
    [{}],
  );

/** All that an answer tells, but for what is new in each one. */
const tellsOf = ({ status, headers, text }: Answer) => {
  const { date: _, 'x-request-id': __, ...rest } = Object.fromEntries(headers);
  return { status, text, headers: rest };
};

const tokenName = (route: Route): string | undefined =>
  Object.keys(shapeOf(route.request?.query).properties).find((name) => name.endsWith('_token'));
const SIZES = ['page_size', 'max_keys', 'limit'];
const sizeName = (route: Route): string =>
  SIZES.find((name) => name in shapeOf(route.request?.query).properties) ?? '';
const nextOf = ({ body }: Answer): string | undefined =>
  body?.next_page_token ?? body?.next_continuation_token;

/** Every answer of a list, page by page, or the one answer of anything else. */
const pages = async (call: Client, route: Route, ids: Ids, token: string, key: string): Promise<Answer[]> => {
  const query = needed(route);
  if (query.has('key')) query.set('key', key);
  // All that was ever done is long: one by one it would be most of what this reads.
  const size = route.operationId === 'getAuditLog' ? '10' : '1';
  if (tokenName(route) !== undefined) query.set(sizeName(route), size);
  const answers: Answer[] = [];
  for (let next: string | undefined; answers.length === 0 || next !== undefined; ) {
    if (next !== undefined) query.set(tokenName(route) ?? '', next);
    const answer = await call(at(route, ids, query), { token });
    answers.push(answer);
    next = nextOf(answer);
  }
  return answers;
};

/** No two calls come from one address, so that no limit per address is what makes two answers differ. */
const fromEverywhere = (call: Client): Client => {
  let calls = 0;
  return from(call, () => {
    calls += 1;
    return address(calls);
  });
};

/** Everything a tenant can read with these tokens. */
const seenBy = async (
  call: Client,
  tenant: Tenant,
  tokens = tenant.tokens,
): Promise<ReadonlyMap<string, readonly Answer[]>> => {
  const seen = new Map<string, readonly Answer[]>();
  for (const route of reading)
    for (const ids of fillings(route, tenant.ids))
      for (const [i, token] of tokens.entries())
        seen.set(`${i} ${at(route, ids)}`, await pages(call, route, ids, token, tenant.objectKeys[0] ?? ''));
  return seen;
};

const expectNothingOf = (tenant: Tenant, answer: Answer, about: string): void => {
  const told = JSON.stringify(tellsOf(answer));
  expect(
    tenant.private.filter((word) => told.includes(word)),
    about,
  ).toEqual([]);
};

/** One id of each kind, the tenant's own. */
const oneOf = ({ ids }: Tenant): Ids =>
  Object.fromEntries(Object.entries(ids).map(([name, [id = '']]) => [name, id]));

/** Like those of others, and nobody’s. */
const randomId = (name: string): string => (name === 'client_id' ? `sa_${uuidv7()}` : uuidv7());

/** Every way to put at least one foreign id into a path, and the same with random ids instead. */
const intrusions = (route: Route, own: Tenant, foreign: Tenant): readonly (readonly [Ids, Ids])[] => {
  const names = pathParams(route);
  return fillings(route, foreign.ids).flatMap((theirs) =>
    Array.from({ length: 2 ** names.length - 1 }, (_, mask) => {
      const taken = names.filter((_name, i) => ((mask + 1) >> i) & 1);
      const put = (id: (name: string) => string) =>
        Object.fromEntries(taken.map((name) => [name, id(name)] as const));
      const mine = oneOf(own);
      return [
        { ...mine, ...put((name) => theirs[name] ?? '') },
        { ...mine, ...put(randomId) },
      ] as const;
    }),
  );
};

/** Each of the tenant's tokens takes its turn. */
const intrude = async (call: Client, own: Tenant, foreign: Tenant): Promise<void> => {
  for (const route of addressed)
    for (const [i, [theirs, random]] of intrusions(route, own, foreign).entries()) {
      const asked = { token: own.tokens[i % own.tokens.length], ...payload(route) };
      const [answer, expected] = [await call(at(route, theirs), asked), await call(at(route, random), asked)];
      const about = `${route.at} ${JSON.stringify(theirs)}`;
      expect(tellsOf(answer), about).toEqual(tellsOf(expected));
      expect([403, 404], about).toContain(answer.status);
      expectNothingOf(foreign, answer, about);
    }
};

const borrowPageTokens = async (call: Client, own: Tenant, foreign: Tenant): Promise<number> => {
  let borrowed = 0;
  for (const route of reading.filter((one) => tokenName(one) !== undefined)) {
    if (OF_NOBODY.includes(route.operationId)) continue;
    const [page] = await pages(call, route, oneOf(foreign), foreign.owner.token, '');
    const next = page && nextOf(page);
    if (next === undefined) throw new Error(`${route.operationId} has no second page`);
    const query = needed(route);
    query.set(tokenName(route) ?? '', next);
    const answer = await call(at(route, oneOf(own), query), { token: own.owner.token });
    expect([route.operationId, answer.status, answer.body.error?.code]).toEqual([
      route.operationId,
      400,
      'invalid_page_token',
    ]);
    borrowed += 1;
  }
  return borrowed;
};

/** What is not in the path but names something of the other tenant all the same. */
const nameInBodies = async (call: Client, own: Tenant, foreign: Tenant): Promise<void> => {
  const { token } = own.owner;
  const same = async (ask: (word: string) => Promise<Answer>, theirs: string, random: string) =>
    expect(tellsOf(await ask(theirs))).toEqual(tellsOf(await ask(random)));
  const [theirProject = ''] = foreign.ids['project_id'] ?? [];
  const keyFor = (project_id: string) =>
    call('POST /v1/api-keys', { token, json: { name: 'k', project_id } });
  await same(keyFor, theirProject, uuidv7());
  const [bucket = ''] = own.ids['bucket_id'] ?? [];
  const download = (key: string) =>
    call(`GET /v1/buckets/${bucket}/objects/download?key=${encodeURIComponent(key)}`, { token });
  await same(download, foreign.objectKeys[0] ?? '', 'no/such/key');
  const [connection = ''] = own.ids['conn_id'] ?? [];
  const fetched = (key: string) =>
    call(`GET /v1/connections/${connection}/objects/download?key=${encodeURIComponent(key)}`, { token });
  await same(fetched, foreign.objectKeys[0] ?? '', 'no/such/key');
  const [theirBucket = '', theirConnection = '', theirFileSystem = ''] = [
    foreign.ids['bucket_id']?.[0],
    foreign.ids['conn_id']?.[0],
    foreign.ids['file_system_id']?.[0],
  ];
  const mount = (source: string) => (id: string) =>
    call(`POST /v1/projects/${own.ids['project_id']?.[0]}/file-systems`, {
      token,
      json: { [source]: id, region: 'local' },
    });
  await same(mount('bucket_id'), theirBucket, uuidv7());
  await same(mount('connection_id'), theirConnection, uuidv7());
  const gatewayIn = (project_id: string) =>
    call('POST /v1/gateways', {
      token,
      json: { project_id, provider: 'local', region: 'local', type: 'local.standard' },
    });
  await same(gatewayIn, theirProject, uuidv7());
  const usedIn = (project_id: string) =>
    call('POST /v1/subscription-plan-feature-usages', {
      token,
      json: { project_id, subscription_feature_id: 'tokens_issued', value: 1 },
    });
  await same(usedIn, theirProject, uuidv7());
  const usedAmong = (project_id: string) =>
    call('POST /v1/usage-events', {
      token,
      json: { events: [{ project_id, feature: 'tokens_issued', value: 1, key: 'theirs' }] },
    });
  await same(usedAmong, theirProject, uuidv7());
  for (const verb of ['attach', 'detach'])
    await same(
      (file_system_id) =>
        call(`POST /v1/gateways/${own.ids['gateway_id']?.[0]}:${verb}`, { token, json: { file_system_id } }),
      theirFileSystem,
      uuidv7(),
    );
  const [email = ''] = foreign.emails;
  const login = (to: string) => call('POST /v1/auth/login', { json: { email: to, password: 'a guess' } });
  await same(login, email, `${uuidv7()}@example.com`);
  const reset = (to: string) => call('POST /v1/auth/request-reset', { json: { email: to } });
  await same(reset, email, `${uuidv7()}@example.com`);
  // An invitation repeats the address it was given; whether somebody has that address it must not tell.
  const invite = async (to: string) => {
    const json = { email: to, role: 'member' };
    const answer = await call(`POST /v1/projects/${own.ids['project_id']?.[1]}/memberships`, { token, json });
    return [answer.status, Object.keys(answer.body).sort()];
  };
  expect(await invite(email)).toEqual(await invite(`${uuidv7()}@example.com`));
};

const textsOf = (seen: ReadonlyMap<string, readonly Answer[]>) =>
  new Map([...seen].map(([about, answers]) => [about, answers.map(({ status, body }) => [status, body])]));
/** Lists whose next page token is signed anew, and keys whose use is noted, are the same list all the same. */
const lasting = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify([...(value as Map<string, unknown>)], (name, inner) =>
      /^(next_\w+_token|last_used_at)$/.test(name) ? undefined : inner,
    ),
  );

const separate = async (app: TestApp, call: Client, mine: Recipe, other: Recipe): Promise<void> => {
  const own = await newTenant(app, call, mine);
  const foreign = await newTenant(app, call, other);
  const before = await seenBy(call, foreign, [foreign.owner.token]);
  for (const [about, answers] of await seenBy(call, own))
    for (const answer of answers) expectNothingOf(foreign, answer, about);
  await intrude(call, own, foreign);
  expect(await borrowPageTokens(call, own, foreign)).toBeGreaterThanOrEqual(10);
  await nameInBodies(call, own, foreign);
  expect(lasting(textsOf(await seenBy(call, foreign, [foreign.owner.token])))).toEqual(
    lasting(textsOf(before)),
  );
};

/** Two tenants with random contents: to one of them, the other one does not exist. */
export const isolation = (name: string, open: Open, numRuns: number, timeout: number) =>
  describe(`Tenants on ${name}`, () => {
    it('see, reach and learn nothing of each other on any route', { timeout }, async () => {
      const app = await open({ environment: { TRUSTED_PROXIES: '127.0.0.1' } });
      const call = fromEverywhere(clientOf(app));
      expect(addressed.length).toBeGreaterThanOrEqual(30);
      await fc.assert(
        fc.asyncProperty(recipe, recipe, (mine, other) => separate(app, call, mine, other)),
        { numRuns, endOnFailure: true },
      );
      expect(app.complaints).toEqual([]);
      await app.close();
    });
  });
