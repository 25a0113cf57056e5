import { ok, okAsync, type Result, safeTry } from 'neverthrow';
import * as z from 'zod';
import { type Check, PROBES } from '../../../application/storage/connections/probes.js';
import { PROVIDERS } from '../../../domain/storage/connection.js';
import type { ConnectionRequest } from '../../../domain/storage/connection-spec.js';
import type { InvalidPageToken } from '../../../ports/shared/page-tokens.js';
import type { App } from './app.js';
import {
  type ConnectionForm,
  connectionFormView,
  type Verified,
  verificationView,
} from './connections.views.js';
import { route } from './contract.js';
import { inProject, posted } from './guards.js';
import { unforged } from './kit/csrf.js';
import { inForm } from './kit/form.js';
import { layout, page, toPage } from './kit/layout.js';
import { address } from './kit/list.js';
import { containerAddress, storageOf } from './places.js';
import { Id, ProjectParams } from './storage.routes.js';
import { problemOf } from './words.js';

const Provider = z.object({ provider: z.enum(PROVIDERS) });
const Text = z.string().max(2_000).default('');
const NewConnection = z.object({
  csrf: Text,
  uri: Text,
  region: Text,
  endpoint: Text,
  access_key_id: Text,
  secret_access_key: Text,
  service_account_json: z.string().max(16_384).default(''),
});

export const connectionFormPage = route({
  operationId: 'connectionFormPage',
  at: 'GET /app/projects/{project_id}/storage/connections/new',
  summary: 'The form for a connection',
  auth: inProject('admin'),
  request: { params: ProjectParams, query: Provider },
  run: (_app, { principal, query }) =>
    okAsync<ConnectionForm>({ member: principal, provider: query.provider }),
  reply: page(connectionFormView),
  errors: {},
});

type Typed = z.output<typeof NewConnection>;

const requestOf = (provider: ConnectionRequest['provider'], typed: Typed): ConnectionRequest => ({
  provider,
  uri: typed.uri.trim(),
  region: typed.region.trim(),
  ...(provider === 'gcp'
    ? { gcp_spec: { service_account_json: typed.service_account_json } }
    : {
        access_key_id: typed.access_key_id.trim(),
        secret_access_key: typed.secret_access_key.trim(),
        s3_spec: { endpoint: typed.endpoint.trim() },
      }),
});

/** The forms have no specs: a field has its plain name. */
const plainly = (failure: { readonly kind: string; readonly field?: string }) => ({
  ...failure,
  ...(failure.field !== undefined && { field: failure.field.replace(/^(s3|gcp)_spec\./, '') }),
});

export const makeConnection = route({
  operationId: 'makeConnection',
  at: 'POST /app/projects/{project_id}/storage/connections/new',
  summary: 'Connect a bucket of one’s own',
  auth: posted(inProject('admin')),
  request: { params: ProjectParams, query: Provider },
  body: { kind: 'form', schema: NewConnection },
  run: ({ storage }, { principal, query: { provider }, body }) =>
    inForm(
      unforged(principal, body)
        .asyncAndThen(() => storage.createConnection(requestOf(provider, body), principal))
        .map(() => ({ to: address(storageOf(principal.account.id), { done: 'connected' }) })),
      (failure) =>
        okAsync(
          layout(
            connectionFormView({
              member: principal,
              provider,
              typed: body,
              problem: problemOf(plainly(failure)),
            }),
          ),
        ),
    ),
  reply: toPage(),
  errors: { invalid_connection: 400, forged: 403, quota_exceeded: 403, not_found: 404 },
});

const ConnectionParams = ProjectParams.extend({ connection_id: Id });
const Checks = z.array(z.object({ name: z.enum(PROBES), ok: z.boolean(), message: z.string().optional() }));

/** What a verification found rides in the address of the page that shows it, signed: it is kept nowhere. */
const listOf = (id: string): string => `verification:${id}`;

/** Addresses have their bounds, and what a store says has none. */
const brief = ({ name, ok, message }: Check): Check => ({
  name,
  ok,
  message: message?.slice(0, 300).toWellFormed(),
});

const checksOf = (
  { pages }: App,
  id: string,
  token: string,
): Result<z.output<typeof Checks>, InvalidPageToken> =>
  pages.read(listOf(id), token).map((text) => Checks.parse(JSON.parse(text)));

export const verify = route({
  operationId: 'verify',
  at: 'POST /app/projects/{project_id}/storage/c/{connection_id}/verify',
  summary: 'Find out what a connection may do',
  auth: posted(inProject('admin')),
  request: { params: ConnectionParams },
  body: { kind: 'form', schema: z.object({ csrf: Text }) },
  run: ({ storage, pages }, { principal, params: { connection_id: id }, body }) =>
    unforged(principal, body)
      .asyncAndThen(() => storage.verifyConnection(id, principal))
      .map(({ checks }) => ({
        to: address(`${containerAddress(principal.account.id, { kind: 'connection', id })}/verify`, {
          result: pages.issue(listOf(id), JSON.stringify(checks.map(brief))),
        }),
      })),
  reply: toPage(),
  errors: { forged: 403, not_found: 404 },
});

export const verificationPage = route({
  operationId: 'verificationPage',
  at: 'GET /app/projects/{project_id}/storage/c/{connection_id}/verify',
  summary: 'What a verification found',
  auth: inProject('admin'),
  request: { params: ConnectionParams, query: z.object({ result: z.string().max(16_384) }) },
  run: (app, { principal, params: { connection_id: id }, query }) =>
    safeTry(async function* () {
      const connection = yield* app.storage.getConnection(id, principal);
      const checks = yield* checksOf(app, id, query.result);
      return ok<Verified>({ member: principal, connection, checks });
    }),
  reply: page(verificationView),
  errors: { invalid_page_token: 400, not_found: 404 },
});
