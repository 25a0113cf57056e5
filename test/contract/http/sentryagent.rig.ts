import { expect } from 'vitest';
import type { AnyRoute } from '../../../src/adapters/http/kit/route.js';
import { words } from '../../../src/adapters/http/sentryagent/dialect.js';
import { oauthRoutes, routes } from '../../../src/adapters/http/sentryagent/index.js';
import { keyRing } from '../../../src/adapters/system/key-ring.js';
import { signedJwts } from '../../../src/adapters/system/signed-jwts.js';
import { HOUR, plus } from '../../../src/domain/shared/time.js';
import { NOW, SECRET, type TestApp } from '../../support/app.js';
import { type Client, type Person, person } from '../../support/client.js';
import { payingOf } from './billing.rig.js';
import { makePlatformAdmin } from './fleet.rig.js';
import type { Subject } from './subject.js';

export const allRoutes = [
  ...Object.values(routes),
  ...Object.values(oauthRoutes),
] as unknown as readonly AnyRoute<never>[];

export const TOKEN = 'POST /api/v1/token';
export const CHECKOUT = 'POST /api/v1/billing/checkout';
export const USAGE = 'GET /api/v1/billing/usage';
export const WEBHOOK = 'POST /api/v1/billing/webhook';
export const URLS = {
  successUrl: 'https://app.example.com/billing?paid',
  cancelUrl: 'http://localhost:3000/billing',
};

/** A token that is ours by its signature, whatever it says. */
export const signed = async (
  clientId: string,
  claims: Readonly<Record<string, string>>,
  at = NOW,
): Promise<string> =>
  (
    await signedJwts(keyRing([SECRET])._unsafeUnwrap(), 'sentryagent').sign({
      id: 'a token',
      subject: clientId,
      at,
      expiresAt: plus(at, HOUR),
      claims: { client_id: clientId, scope: 'billing', ...claims },
    })
  )._unsafeUnwrap();

export type ClientKeys = { readonly id: string; readonly secret: string };

/** A token request: form-encoded, with whatever else it says. */
export const asForm = (fields: Readonly<Record<string, string>>) => ({
  bytes: new URLSearchParams(fields).toString(),
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
});

export const granting = ({ id, secret }: ClientKeys, over: Readonly<Record<string, string>> = {}) =>
  asForm({ grant_type: 'client_credentials', client_id: id, client_secret: secret, ...over });

/** What organizations and their clients do, through HTTP. */
export const organizationsOf = (call: Client) => {
  const client = async (
    projectId: string,
    { token }: Person,
    scopes: readonly string[],
  ): Promise<ClientKeys> => {
    const made = await call(`POST /v1/projects/${projectId}/organization-clients`, {
      token,
      json: { name: 'A client', scopes },
    });
    expect([made.status, made.text]).toEqual([201, made.text]);
    return { id: made.body.client_id, secret: made.body.client_secret };
  };
  const tokenOf = async (keys: ClientKeys): Promise<string> => {
    const issued = await call(TOKEN, granting(keys));
    expect([issued.status, issued.text]).toEqual([200, issued.text]);
    return issued.body.access_token;
  };
  /** An owner with an organization of their own, and a client of it that may bill. */
  const organization = async () => {
    const owner = await person(call);
    const made = await call('POST /v1/projects', { token: owner.token, json: { name: 'Organization' } });
    const id: string = made.body.id;
    const keys = await client(id, owner, ['billing']);
    return { id, owner, keys, token: await tokenOf(keys) };
  };
  const subscription = async ({ id, owner }: { readonly id: string; readonly owner: Person }) =>
    (await call(`GET /v1/projects/${id}/subscription`, { token: owner.token })).body;
  return { client, tokenOf, organization, subscription };
};
export type Organizations = ReturnType<typeof organizationsOf>;

/** Puts one plan on sale, for these cents a month; answers its monthly price. */
export const sellPlan = async (app: TestApp, call: Client, name: string, cents: bigint): Promise<string> => {
  const seller = await person(call);
  await makePlatformAdmin(app, seller);
  const paying = payingOf(app, call);
  const prices = paying.prices(`prod_${name}`, cents);
  await paying.sell(seller.token, name, prices);
  return prices.monthly;
};

const BODIES: Subject['bodies'] = { createBillingCheckoutSession: () => URLS };

/** SentryAgent: its callers are clients, its codes are literal, and its fields stand in `details.fields`. */
export const sentryAgentSubject: Subject = {
  routes: allRoutes,
  bodies: BODIES,
  stage: async (app, call) => {
    const organizations = organizationsOf(call);
    await sellPlan(app, call, 'team', 1_900n);
    const { id, owner, token } = await organizations.organization();
    const plain = await organizations.tokenOf(await organizations.client(id, owner, []));
    return { token, powerless: () => [plain], ids: {}, wanted: async () => () => URLS };
  },
  code: (kind) => words[kind]?.code ?? kind,
  codeOf: ({ body }) => body.code,
  fieldsOf: ({ body }) => (body.details?.fields ?? []).map(({ field }: { readonly field: string }) => field),
};
