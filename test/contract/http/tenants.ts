import fc from 'fast-check';
import { expect } from 'vitest';
import type { TestApp } from '../../support/app.js';
import {
  type Client,
  codeFor,
  connected,
  connectionJson,
  type Person,
  person,
} from '../../support/client.js';
import { payingOf } from './billing.rig.js';
import { makePlatformAdmin } from './fleet.rig.js';

/** What a tenant is made of; whatever can be listed comes at least twice, so that every list has a second page. */
export type Recipe = {
  readonly label: string;
  readonly roles: readonly string[];
  readonly invitations: number;
  readonly keys: number;
  readonly buckets: number;
  readonly connections: number;
  readonly objects: number;
};

const few = (min: number) => fc.integer({ min, max: 3 });
export const recipe: fc.Arbitrary<Recipe> = fc.record({
  label: fc
    .string({ unit: 'grapheme', maxLength: 12 })
    .map((text) => text.replaceAll(/[\0./\\\ud800-\udfff]/g, '-')),
  roles: fc.array(fc.constantFrom('owner', 'admin', 'member'), { minLength: 1, maxLength: 3 }),
  invitations: few(0),
  keys: few(2),
  buckets: few(2),
  connections: few(2),
  objects: few(2),
});

/** A project with all that is in it, and every word that only its own people may read. */
export type Tenant = {
  readonly owner: Person;
  /** Who may ask in its name: owner, members and an API key with every scope. */
  readonly tokens: readonly string[];
  /** Its ids by the name of the path parameter. */
  readonly ids: Readonly<Record<string, readonly string[]>>;
  readonly objectKeys: readonly string[];
  readonly emails: readonly string[];
  /** Names, addresses, ids, secrets: each unlike anything of any other tenant. */
  readonly private: readonly string[];
};

let tenants = 0;
/** In every name, address, key and content of one tenant, and in nothing else. */
const newMark = (): string => {
  tenants += 1;
  return `mark${tenants.toString().padStart(4, '0')}of${process.pid}`;
};

type Site = { readonly app: TestApp; readonly call: Client; readonly mark: string; readonly recipe: Recipe };
type Made = Readonly<Record<string, string>>;

const times = async <T>(n: number, make: (i: number) => Promise<T>): Promise<T[]> => {
  const made: T[] = [];
  for (let i = 0; i < n; i += 1) made.push(await make(i));
  return made;
};

const created = async (call: Client, at: string, token: string, json: unknown): Promise<Made> => {
  const answer = await call(`POST ${at}`, { token, json });
  expect([answer.status, answer.text]).toEqual([201, answer.text]);
  return answer.body;
};

const peopleOf = async (
  { app, call, mark, recipe: { roles, invitations } }: Site,
  at: string,
  owner: Person,
) => {
  const invite = async (name: string, role: string) => {
    const email = `${mark}-${name}@example.com`;
    await created(call, at, owner.token, { email, role });
    return { email, code: await codeFor(app, email, /invited/) };
  };
  const members = await times(roles.length, async (i) => {
    const { email, code } = await invite(`member-${i}`, roles[i] ?? 'member');
    const who = await person(call, email);
    const joined = await call('POST /v1/invitations:accept', { token: who.token, json: { token: code } });
    expect(joined.status).toBe(200);
    return who;
  });
  const invited = await times(invitations, (i) => invite(`guest-${i}`, 'member'));
  return { members, invited };
};

const bucketsOf = async ({ call, mark, recipe }: Site, projectId: string, { token }: Person) => {
  const objectKeys = Array.from({ length: recipe.objects }, (_, i) => `${mark}/${recipe.label}-${i}`);
  const buckets = await times(recipe.buckets, async (i) => {
    const json = { name: `${mark}-${i}`, region: 'local' };
    const bucket = await created(call, `/v1/projects/${projectId}/buckets`, token, json);
    for (const key of [...objectKeys, mark]) {
      const at = `PUT /v1/buckets/${bucket['id']}/objects?key=${encodeURIComponent(key)}`;
      expect((await call(at, { token, bytes: `content of ${mark}` })).status).toBe(204);
    }
    return bucket;
  });
  return { buckets, objectKeys };
};

const connectionsOf = (
  { app, call, mark, recipe }: Site,
  projectId: string,
  { token }: Person,
  objectKeys: readonly string[],
) =>
  times(recipe.connections, async (i) => {
    const json = connectionJson(`${mark}-theirs-${i}`, {
      access_key_id: `AKIA${mark}${i}`,
      secret_access_key: `the-secret-of-${mark}-${i}`,
    });
    const id = await connected(app, call, projectId, token, json);
    for (const key of [...objectKeys, mark]) {
      const at = `PUT /v1/connections/${id}/objects?key=${encodeURIComponent(key)}`;
      expect((await call(at, { token, bytes: `content of ${mark}` })).status).toBe(204);
    }
    return { id, secret: json.secret_access_key, accessKeyId: json.access_key_id };
  });

/** Running, so that there are doors and passwords that could be told. */
const fleetOf = async ({ app, call }: Site, { token }: Person, from: FleetSource) => {
  const { projectId, bucketId, connectionId } = from;
  const made = await times(2, (i) =>
    created(call, `/v1/projects/${projectId}/file-systems`, token, {
      ...(i % 2 === 0 ? { bucket_id: bucketId } : { connection_id: connectionId }),
      region: 'local',
    }),
  );
  await app.drain();
  const fileSystems = await times(made.length, async (i) => {
    const { body } = await call(`GET /v1/file-systems/${made[i]?.['id']}`, { token });
    expect(body).toMatchObject({ status: 'running', export: { webdav: { username: body.id } } });
    return {
      id: String(body.id),
      gatewayId: String(body.gateway_id),
      secret: String(body.export.webdav.password),
    };
  });
  const json = { project_id: projectId, provider: 'local', region: 'local', type: 'local.standard' };
  const { body } = await call('POST /v1/gateways', { token, json });
  return { fileSystems, gateways: [String(body.id), fileSystems[0]?.gatewayId ?? ''] };
};
type FleetSource = Readonly<Record<'projectId' | 'bucketId' | 'connectionId', string>>;

/** Subscribed to a plan of its own, so that there are a customer, a subscription and an invoice that could be told. */
const billingOf = async (
  { app, call }: Pick<Site, 'app' | 'call'>,
  projectId: string,
  { token }: Person,
): Promise<readonly string[]> => {
  const seller = await person(call);
  await makePlatformAdmin(app, seller);
  const paying = payingOf(app, call);
  const prices = paying.prices(`prod_${tenants}`);
  await paying.sell(seller.token, `Plan ${tenants}`, prices);
  const subscription = await paying.subscribe(projectId, token, prices.monthly);
  // A change that is charged at once is the second page of invoices.
  const change = { token, json: { price_id: prices.yearly } };
  expect((await call(`POST /v1/projects/${projectId}/plan`, change)).status).toBe(200);
  await paying.deliver();
  const { body } = await call(`GET /v1/projects/${projectId}`, { token });
  const invoices: { id: string }[] = (await call(`GET /v1/projects/${projectId}/invoices`, { token })).body
    .items;
  // Short ones, and parts of longer ones: as they stand in a document that is itself a text in another.
  return [subscription, body.stripe_customer_id, ...invoices.map(({ id }) => id)].map((id) => `\\"${id}\\"`);
};

/** Builds a tenant by its recipe. */
export const newTenant = async (app: TestApp, call: Client, ingredients: Recipe): Promise<Tenant> => {
  const mark = newMark();
  const site = { app, call, mark, recipe: ingredients };
  const owner = await person(call, `${mark}-owner@example.com`);
  const { token } = owner;
  const name = `${mark} ${ingredients.label}`;
  const projects = await times(2, (i) => created(call, '/v1/projects', token, { name: `${name} ${i}` }));
  const [projectId = ''] = projects.map(({ id }) => id);
  const at = `/v1/projects/${projectId}/memberships`;
  const { members, invited } = await peopleOf(site, at, owner);
  const scopes = ['keys', 'members', 'billing'];
  const keys = await times(ingredients.keys, (i) =>
    created(call, '/v1/api-keys', token, { name: `${name} ${i}`, scopes }),
  );
  const clientsAt = `/v1/projects/${projectId}/organization-clients`;
  const clients = await times(2, (i) =>
    created(call, clientsAt, token, { name: `${name} ${i}`, scopes: [] }),
  );
  const { buckets, objectKeys } = await bucketsOf(site, projectId, owner);
  const connections = await connectionsOf(site, projectId, owner, objectKeys);
  const [bucketId = '', connectionId = ''] = [buckets[0]?.['id'], connections[0]?.id];
  const { fileSystems, gateways } = await fleetOf(site, owner, { projectId, bucketId, connectionId });
  const billing = await billingOf(site, projectId, owner);
  const reservations = await times(2, () =>
    created(call, `/v1/projects/${projectId}/entitlements:reserve`, token, {
      feature: 'tokens_issued',
      amount: 1,
      ttl_seconds: 3_600,
    }),
  );
  const memberships: Made[] = (await call(`GET ${at}`, { token })).body.items;
  const people = [owner, ...members];
  const ids = {
    project_id: projects.map(({ id = '' }) => id),
    user_id: people.map(({ id }) => id),
    membership_id: memberships.map(({ id = '' }) => id),
    api_key_id: keys.map(({ id = '' }) => id),
    client_id: clients.map(({ client_id = '' }) => client_id),
    bucket_id: buckets.map(({ id = '' }) => id),
    conn_id: connections.map(({ id }) => id),
    file_system_id: fileSystems.map(({ id }) => id),
    gateway_id: gateways,
    reservation_id: reservations.map(({ id = '' }) => id),
  };
  const secrets = [
    ...people.map((who) => who.token),
    ...invited.map(({ code }) => code),
    ...keys.flatMap((made) => [made['key'], made['key_prefix']]),
    ...clients.map((made) => made['client_secret']),
    ...buckets.flatMap((made) => [made['secret_access_key'], made['access_key_id'], made['bucket_name']]),
    ...connections.flatMap(({ secret, accessKeyId }) => [secret, accessKeyId]),
    ...fileSystems.map(({ secret }) => secret),
  ].map(String);
  for (const secret of secrets) expect(secret.length).toBeGreaterThan(8);
  return {
    owner,
    tokens: [...people.map((who) => who.token), ...keys.slice(0, 1).map(({ key = '' }) => key)],
    ids,
    objectKeys,
    emails: people.map(({ email }) => email),
    private: [mark, ...Object.values(ids).flat(), ...secrets, ...billing],
  };
};
