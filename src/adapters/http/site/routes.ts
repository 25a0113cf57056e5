import { err, errAsync, ok, okAsync, ResultAsync } from 'neverthrow';
import * as z from 'zod';
import type { EmailMessage } from '../../../ports/shared/email.js';
import { NOT_FOUND } from '../../../ports/shared/failure.js';
import type { Guard } from '../kit/guard.js';
import { html, json, text } from '../kit/reply.js';
import { contract } from '../kit/route.js';
import { type Contract, docsPage, outboxPage } from './pages.js';

/** What the site shows about the process and its contracts. */
export type Site = {
  readonly contracts: readonly Contract[];
  readonly documentOf: (name: string) => object | undefined;
  /** Undefined where mail is really sent. */
  readonly outbox?: (() => Promise<readonly EmailMessage[]>) | undefined;
  readonly metrics: () => Promise<string>;
  /** True when this Authorization header may read the metrics. */
  readonly mayReadMetrics: (authorization: string | undefined) => boolean;
};

const route = contract<Site>()({
  docs: 'GET /docs',
  document: 'GET /docs/{name}.json',
  outbox: 'GET /outbox',
  metrics: 'GET /metrics',
});

const anyone: Guard<Site, undefined> = {
  security: 'none',
  statuses: [],
  admit: (_site, { visit }) => okAsync({ identity: `address:${visit.address}`, place: ok(undefined) }),
};

/** Without the token the metrics do not exist. */
const scraper: Guard<Site, undefined> = {
  security: 'bearer',
  statuses: [404],
  admit: (site, { authorization, visit }) =>
    okAsync({
      identity: `address:${visit.address}`,
      place: site.mayReadMetrics(authorization) ? ok(undefined) : err(NOT_FOUND),
    }),
};

export const docs = route({
  operationId: 'docs',
  at: 'GET /docs',
  summary: 'All operations on one page',
  auth: anyone,
  run: (site) => okAsync(site.contracts),
  reply: html(docsPage),
  errors: {},
});

export const document = route({
  operationId: 'document',
  at: 'GET /docs/{name}.json',
  summary: 'The OpenAPI document of one contract',
  auth: anyone,
  request: { params: z.object({ name: z.string() }) },
  run: (site, { params }) => {
    const found = site.documentOf(params.name);
    return found ? okAsync(found) : errAsync(NOT_FOUND);
  },
  reply: json(200, z.looseObject({ openapi: z.string() }), (found: object) => found as { openapi: string }),
  errors: { not_found: 404 },
});

export const outbox = route({
  operationId: 'outbox',
  at: 'GET /outbox',
  summary: 'Mail the demo did not send',
  auth: anyone,
  run: ({ outbox: read }) => (read ? ResultAsync.fromSafePromise(read()) : errAsync(NOT_FOUND)),
  reply: html(outboxPage),
  errors: { not_found: 404 },
});

export const metrics = route({
  operationId: 'metrics',
  at: 'GET /metrics',
  summary: 'Measurements of this process, in Prometheus text format',
  auth: scraper,
  run: (site) => ResultAsync.fromSafePromise(site.metrics()),
  reply: text('text/plain; version=0.0.4; charset=utf-8', (body: string) => body),
  errors: {},
});
