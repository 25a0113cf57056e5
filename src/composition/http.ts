import { createHash, timingSafeEqual } from 'node:crypto';
import Router from '@koa/router';
import type { Container } from 'inversify';
import type { Logger } from 'pino';
import type { App as DatilioApp } from '../adapters/http/datilio/app.js';
import { ErrorDto as DatilioError, dialect as datilioDialect } from '../adapters/http/datilio/dialect.js';
import { routes as datilio } from '../adapters/http/datilio/index.js';
import { type MountOptions, mount } from '../adapters/http/kit/mount.js';
import { openapi } from '../adapters/http/kit/openapi.js';
import type { AnyRoute } from '../adapters/http/kit/route.js';
import { type HttpServer, httpServer } from '../adapters/http/kit/server.js';
import type { Timing } from '../adapters/http/kit/timing.js';
import { dialect as pagesDialect } from '../adapters/http/pages/dialect.js';
import { pages } from '../adapters/http/pages/index.js';
import { PRICING } from '../adapters/http/pages/places.js';
import { mountS3 } from '../adapters/http/s3/mount.js';
import type { App as SentryAgentApp } from '../adapters/http/sentryagent/app.js';
import * as sentryAgentWords from '../adapters/http/sentryagent/dialect.js';
import { oauthRoutes, routes as sentryAgent } from '../adapters/http/sentryagent/index.js';
import { OAuthErrorDto, oauthDialect } from '../adapters/http/sentryagent/oauth-dialect.js';
import type { Site } from '../adapters/http/site/routes.js';
import * as siteRoutes from '../adapters/http/site/routes.js';
import type { App } from '../adapters/http/training-pipes/app.js';
import { dialect, ErrorDto } from '../adapters/http/training-pipes/dialect.js';
import { routes as trainingPipes } from '../adapters/http/training-pipes/index.js';
import type { Metrics } from '../adapters/prometheus/metrics.js';
import type { Config } from './config.js';
import { mountTenantPilot, showPeople, tenantPilotContract } from './tenantpilot.js';
import { contexts, ports } from './tokens.js';
import { VERSION } from './version.js';

export type ServeOptions = {
  readonly container: Container;
  readonly config: Pick<
    Config,
    'TRUSTED_PROXIES' | 'CORS_ORIGINS' | 'BASE_URL' | 'METRICS_TOKEN' | 'REGISTRATION' | 'profile'
  >;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly metrics: Metrics;
  readonly ready: () => Promise<boolean>;
  readonly outbox?: Site['outbox'];
  /** Where browsers find this server. */
  readonly home: () => string;
  /** Origins of the pages on which people pay. */
  readonly processorPages: () => readonly string[];
  /** Replies that break their contract throw: on outside production. */
  readonly strict: boolean;
  /** Where the edge is to wait longer or shorter than it does by itself. */
  readonly timing?: Partial<Timing>;
};

const trainingPipesRoutes: readonly AnyRoute<App>[] = Object.values(trainingPipes);
const sentryAgentRoutes: readonly AnyRoute<SentryAgentApp>[] = Object.values(sentryAgent);
const sentryAgentOAuth: readonly AnyRoute<SentryAgentApp>[] = Object.values(oauthRoutes);
const datilioRoutes: readonly AnyRoute<DatilioApp>[] = Object.values(datilio);

/** Every published contract that is served, with its routes and how it words their failures. */
export const CONTRACTS = [
  {
    name: 'training-pipes',
    title: 'Training Pipes API',
    routes: trainingPipesRoutes as readonly AnyRoute<never>[],
    error: ErrorDto,
  },
  {
    name: 'sentryagent',
    title: 'SentryAgent.ai - Billing & Usage Metering',
    routes: [...sentryAgentRoutes, ...sentryAgentOAuth] as readonly AnyRoute<never>[],
    error: (operationId: string) => (operationId in oauthRoutes ? OAuthErrorDto : sentryAgentWords.ErrorDto),
  },
  {
    name: 'datilio',
    title: 'Datilio purchase flow',
    routes: datilioRoutes as readonly AnyRoute<never>[],
    error: DatilioError,
  },
  tenantPilotContract,
] as const;

const document = (contract: (typeof CONTRACTS)[number]) => {
  const { title, routes, error } = contract;
  const statuses = 'statuses' in contract ? contract.statuses : undefined;
  return openapi({ title, version: VERSION }, routes, error, statuses);
};

/** Where those who were sent to pay come back to. */
const comeBackTo = (home: () => string) => (): ReturnType<DatilioApp['comeBack']> => ({
  successUrl: `${home()}${PRICING}?checkout=success`,
  cancelUrl: `${home()}${PRICING}?checkout=cancel`,
});

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

const siteOf = ({ config, metrics, outbox }: ServeOptions): Site => {
  const documents = new Map<string, object>();
  const expected =
    config.METRICS_TOKEN === undefined ? undefined : digestOf(`Bearer ${config.METRICS_TOKEN}`);
  return {
    contracts: CONTRACTS,
    // Made when it is first asked for: most processes are never asked.
    documentOf: (name) => {
      const contract = CONTRACTS.find((served) => served.name === name);
      if (contract && !documents.has(name)) documents.set(name, document(contract));
      return documents.get(name);
    },
    outbox,
    metrics: metrics.text,
    // Digests have one length, whatever was sent: the comparison tells nothing by its time.
    mayReadMetrics: (authorization) =>
      expected !== undefined && timingSafeEqual(digestOf(authorization ?? ''), expected),
  };
};

/** What the routes of all contracts call. */
const appOf = ({ container, ready }: ServeOptions): App => ({
  accounts: container.get(contexts.accounts),
  storage: container.get(contexts.storage),
  fleet: container.get(contexts.fleet),
  billing: container.get(contexts.billing),
  entitlements: container.get(contexts.entitlements),
  ids: container.get(ports.ids),
  pages: container.get(ports.pageTokens),
  ready,
  version: VERSION,
});

/** The HTTP edge over a container's facades: all contracts on one router. */
export const serve = (options: ServeOptions): HttpServer => {
  const { container, config, log, strict, timing = {} } = options;
  const stopping = new AbortController();
  const https = config.BASE_URL?.startsWith('https:') ?? false;
  const app = appOf(options);
  const shared: Omit<MountOptions<never>, 'app'> = {
    dialect,
    limits: container.get(ports.requestLimits),
    digest: container.get(ports.digest),
    clock: container.get(ports.clock),
    strict,
    report: (problem) => log.warn(problem),
    stopping: stopping.signal,
    timing,
  };
  const router = new Router();
  mount(router, trainingPipesRoutes, { ...shared, app });
  mount(router, sentryAgentRoutes, { ...shared, dialect: sentryAgentWords.dialect, app });
  mount(router, sentryAgentOAuth, { ...shared, dialect: oauthDialect, app });
  mount(router, datilioRoutes, {
    ...shared,
    dialect: datilioDialect,
    app: { ...app, comeBack: comeBackTo(options.home) },
  });
  const seen = {
    ...app,
    digest: shared.digest,
    https,
    origin: config.BASE_URL === undefined ? undefined : new URL(config.BASE_URL).origin,
  };
  mount(router, pages, {
    ...shared,
    dialect: pagesDialect,
    app: {
      ...seen,
      random: container.get(ports.random),
      registration: config.REGISTRATION,
      home: options.home,
      processorPages: options.processorPages,
    },
  });
  mountTenantPilot(router, shared, { ...seen, workspaces: container.get(contexts.workspaces) });
  mount(router, Object.values(siteRoutes) as readonly AnyRoute<Site>[], { ...shared, app: siteOf(options) });
  const { s3 } = app.storage;
  if (s3) mountS3(router, { ...shared, app: { s3, pages: app.pages } });
  return httpServer({
    router,
    dialect: { ...dialect, show: showPeople },
    clock: container.get(ports.clock),
    ids: container.get(ports.ids),
    trustedProxies: config.TRUSTED_PROXIES,
    corsOrigins: config.CORS_ORIGINS,
    https,
    loopbackNamesOnly: config.profile === 'demo',
    onRequest: (line) => {
      options.metrics.request(line);
      log.info(line, 'request');
    },
    onDefect: (defect, line) => log.error({ err: defect, ...line }, 'defect'),
    stopping,
    timing,
  });
};
