import { afterAll, beforeAll, expect } from 'vitest';
import * as z from 'zod';
import { type AnyRoute, split } from '../../../src/adapters/http/kit/route.js';
import type { App } from '../../../src/adapters/http/training-pipes/app.js';
import { routes } from '../../../src/adapters/http/training-pipes/index.js';
import type { TestApp, TestAppOptions } from '../../support/app.js';
import {
  type Client,
  clientOf,
  connectionJson,
  freshEmail,
  PASSWORD,
  type World,
  world,
} from '../../support/client.js';

export type Open = (options?: Omit<TestAppOptions, 'db'>) => Promise<TestApp>;
export type OperationId = keyof typeof routes;

export const allRoutes = Object.values(routes) as unknown as readonly AnyRoute<App>[];
export const RANDOM_ID = '01890a5d-ac96-774b-bcce-b302099a8057';

/** Some of it goes with GET only and some with PUT: read without complaint, and then refused. */
const presignJson = () => ({
  method: 'PUT',
  key: 'a/file.txt',
  expires_in: 60,
  size: 5,
  content_type: 'text/plain',
  filename: 'file.txt',
});

const featureJson = () => ({
  name: 'Calls',
  is_binary_based: false,
  is_usage_based: true,
  usage_unit: 'calls',
  highlight: true,
});

/** Not all of it suits one feature. */
const allowanceJson = () => ({
  binary_value: 1,
  usage_limit: 10,
  window: 'day',
  is_soft_limit: false,
  warn_percent: 80,
});

const planFeatureJson = () => ({
  subscription_plan_id: RANDOM_ID,
  subscription_feature_id: RANDOM_ID,
  ...allowanceJson(),
});

/** The prices that a processor of the tests is asked for third and fourth. */
const planJson = () => ({
  name: 'A plan',
  stripe_product_id: 'prod_other',
  monthly_price_id: 'price_3',
  yearly_price_id: 'price_4',
});

export type Ids = Readonly<Record<string, string>>;
/** Sample bodies, by operation. */
export type Bodies = Readonly<Record<string, ((ids: Ids) => unknown) | undefined>>;

/** A body that the operation would take, with ids by the names that paths have for them. */
export const BODIES: Readonly<Partial<Record<OperationId, (ids: Ids) => unknown>>> = {
  register: () => ({
    email: freshEmail(),
    password: PASSWORD,
    first_name: 'A',
    last_name: 'B',
    invitation_token: 'x',
  }),
  login: () => ({ email: 'nobody@example.com', password: PASSWORD }),
  verifyEmail: () => ({ token: 'x' }),
  requestPasswordReset: () => ({ email: 'nobody@example.com' }),
  resetPassword: () => ({ token: 'x', new_password: PASSWORD }),
  changePassword: () => ({ current_password: PASSWORD, new_password: PASSWORD }),
  createProject: () => ({ name: 'A project' }),
  updateProject: () => ({ name: 'Another name' }),
  updateUser: () => ({ first_name: 'Ada', last_name: 'Byron' }),
  inviteMember: () => ({ email: freshEmail(), role: 'member' }),
  changeMemberRole: () => ({ role: 'member' }),
  acceptInvitation: () => ({ token: 'x' }),
  denyInvitation: () => ({ token: 'x' }),
  createApiKey: () => ({
    name: 'A key',
    project_id: RANDOM_ID,
    role: 'member',
    scopes: [],
    expires_at: '2030-01-01T00:00:00Z',
  }),
  createOrganizationClient: () => ({ name: 'A client', scopes: [] }),
  createBucket: () => ({ name: 'a-bucket', region: 'local' }),
  createConnection: () => ({ ...connectionJson('a-bucket'), gcp_spec: {} }),
  presignBucketObject: presignJson,
  presignConnectionObject: presignJson,
  // One of the two sources has to go before it is good.
  createFileSystem: ({ bucket_id = RANDOM_ID, conn_id = RANDOM_ID }) => ({
    bucket_id,
    connection_id: conn_id,
    region: 'local',
    instance_type: 'local.standard',
    preload: false,
  }),
  updateFileSystem: () => ({ desired_status: 'running' }),
  createGateway: ({ project_id = RANDOM_ID }) => ({
    project_id,
    provider: 'local',
    region: 'local',
    type: 'local.standard',
  }),
  attachFileSystem: ({ file_system_id = RANDOM_ID }) => ({ file_system_id }),
  detachFileSystem: ({ file_system_id = RANDOM_ID }) => ({ file_system_id }),
  createProjectCheckoutSession: () => ({
    price_id: 'price_1',
    success_url: 'https://app.example.com/paid',
    cancel_url: 'https://app.example.com/not-paid',
    mode: 'setup',
  }),
  createProjectPortalSession: () => ({ return_url: 'https://app.example.com/billing' }),
  previewProjectPlanChange: () => ({ price_id: 'price_2' }),
  changeProjectPlan: () => ({ price_id: 'price_2', quoted_at: '2026-01-15T12:00:00Z' }),
  createSubscriptionPlan: planJson,
  updateSubscriptionPlan: planJson,
  createSubscriptionFeature: featureJson,
  updateSubscriptionFeature: featureJson,
  createSubscriptionPlanFeature: planFeatureJson,
  updateSubscriptionPlanFeature: () => ({ ...planFeatureJson(), is_unlimited: true }),
  createSubscriptionPlanFeatureUsage: ({ project_id = RANDOM_ID }) => ({
    subscription_feature_id: 'tokens_issued',
    project_id,
    value: 1,
    used_at: '2026-01-15T11:00:00Z',
    key: 'a-key',
  }),
  updateSubscriptionPlanFeatureUsage: ({ project_id = RANDOM_ID }) => ({
    subscription_feature_id: 'tokens_issued',
    project_id,
    value: 1,
  }),
  recordUsageEvents: ({ project_id = RANDOM_ID }) => ({
    events: [{ project_id, feature: 'tokens_issued', value: 1, key: 'a-key' }],
  }),
  checkEntitlement: () => ({ feature: 'buckets', amount: 1 }),
  reserveEntitlement: () => ({ feature: 'tokens_issued', amount: 1, ttl_seconds: 60 }),
  confirmReservation: () => ({ amount: 1 }),
  setEntitlementOverride: () => ({
    ...allowanceJson(),
    is_unlimited: true,
    reason: 'A trial',
    ends_at: '2026-02-01T00:00:00Z',
  }),
};

/** Ids of the world's own things, by the name of the path parameter. */
export const idsOf = (world: World): Readonly<Record<string, string>> => ({
  project_id: world.projectId,
  bucket_id: world.bucketId,
  conn_id: world.connectionId,
  user_id: world.owner.id,
  membership_id: RANDOM_ID,
  api_key_id: RANDOM_ID,
  client_id: `sa_${RANDOM_ID}`,
  feature: 'tokens_issued',
});

export const pathParams = (route: Pick<AnyRoute<never>, 'at'>): readonly string[] =>
  [...split(route.at).path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');

/** The endpoint with its parameters filled in, and the query it cannot do without. */
export const at = (
  route: Pick<AnyRoute<never>, 'at' | 'request'>,
  ids: Readonly<Record<string, string>>,
  query = needed(route),
): string =>
  route.at.replaceAll(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(ids[name] ?? RANDOM_ID)) +
  (query.size > 0 ? `?${query}` : '');

export const needed = (route: Pick<AnyRoute<never>, 'request'>): URLSearchParams => {
  const query = new URLSearchParams();
  const { required } = shapeOf(route.request?.query);
  if (required.includes('key')) query.set('key', 'a/file.txt');
  if (required.includes('subscription_plan_id')) query.set('subscription_plan_id', RANDOM_ID);
  return query;
};

type ObjectSchema = {
  readonly required?: unknown;
  readonly properties?: unknown;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, ObjectSchema>>;
};
type JsonSchema = { type?: string; minimum?: number; maximum?: number; enum?: unknown[] };

/** The fields of an object schema, as JSON Schema tells of them. */
export const shapeOf = (schema: z.ZodType | undefined) => {
  const document: ObjectSchema = schema
    ? z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
    : {};
  // One that has a name is given by it.
  const shape = document.$defs?.[document.$ref?.split('/').at(-1) ?? ''] ?? document;
  return {
    required: (shape.required ?? []) as readonly string[],
    properties: (shape.properties ?? {}) as Readonly<Record<string, JsonSchema>>,
  };
};

/** What a call of the route needs besides who asks. */
export const payload = (
  { operationId, body }: Pick<AnyRoute<never>, 'operationId' | 'body'>,
  bodies: Bodies = BODIES,
  ids: Ids = {},
) => (body?.kind === 'json' ? { json: bodies[operationId]?.(ids) } : body ? { bytes: 'content' } : {});

/** One server with one world on it for a suite's tests; at the end it has nothing to complain of. */
export const onStage = (
  open: Open,
  answered: Set<string>,
  begin: (app: TestApp, call: Client, here: World) => Promise<void> | void,
): void => {
  let app: TestApp;
  beforeAll(async () => {
    app = await open();
    const call = clientOf(app);
    await begin(app, call, await world(app, call));
  });
  afterAll(async () => {
    for (const line of app.answered) answered.add(line);
    expect(app.complaints).toEqual([]);
    await app.close();
  });
};
