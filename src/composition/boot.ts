import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { Container } from 'inversify';
import type { Logger } from 'pino';
import type { Puller } from '../adapters/jobs/pulling.js';
import { query } from '../adapters/knex/kit/query.js';
import { type Metrics, prometheusMetrics } from '../adapters/prometheus/metrics.js';
import type { Config } from './config.js';
import { type Database, openStore } from './database.js';
import { stockDatilio } from './datilio-plans.js';
import { gatewayReachOf } from './gateway-reach.js';
import { serve } from './http.js';
import { identityOf } from './identity.js';
import { openLocalProvider } from './local-provider.js';
import { demoOutbox } from './modules/email.js';
import { openSandboxHere, processorPagesOf, webhookAt } from './payments.js';
import { updatePriceBook } from './price-book.js';
import { blobsOf, processContainer } from './profiles.js';
import { providersOf } from './providers.js';
import { keepCalls, keepTally, keepUploads, keepWriter, startReconciler, startWorker } from './worker.js';

export type Running = {
  readonly container: Container;
  readonly database: Database;
  /** Absent in a process that only works. */
  readonly address?: AddressInfo | undefined;
  readonly stop: () => Promise<void>;
};

const STOP_DEADLINE_MS = 15_000;

/** The address as a client writes it. */
export const originOf = ({ address, port, family }: AddressInfo): string =>
  `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;

const drained = (pullers: readonly Puller[]): Promise<unknown> =>
  Promise.race([
    Promise.all(pullers.map(({ drain }) => drain())),
    setTimeout(STOP_DEADLINE_MS, undefined, { ref: false }),
  ]);

/** A scrape port on loopback, for a Prometheus on the same host. */
const serveMetrics = (port: number, metrics: Metrics): Promise<() => Promise<void>> =>
  new Promise((resolve, reject) => {
    const server = createServer(async (_request, response) => {
      response
        .setHeader('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
        .end(await metrics.text());
    });
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () =>
      resolve(() => new Promise((closed) => server.close(() => closed()))),
    );
  });

/**
 * Starts what ROLE says, in the order in which each needs the one before, and gives back the way to
 * stop it: no new requests, running ones finish, jobs drain, the database last.
 */
export const boot = async (config: Config, log: Logger): Promise<Running> => {
  const database = await openStore(config, log);
  const stops: (() => Promise<unknown>)[] = [database.close];
  const stop = async () => {
    for (const end of stops.splice(0).reverse()) await end();
  };
  try {
    const { db, ring } = database;
    const blobs = blobsOf(config, db);
    const metrics = prometheusMetrics();
    const baseUrl = config.BASE_URL ?? `http://${config.HOST}:${config.PORT}`;
    let listening: AddressInfo | undefined;
    const port = () => listening?.port ?? config.PORT;
    const identity = identityOf(config);
    const local = await openLocalProvider(config, {
      identity,
      reach: gatewayReachOf(config, port),
      searchPath: process.env['PATH'],
      log: (line) => log.warn(line),
    });
    const providers = 'hint' in local ? providersOf([], { local: local.hint }) : providersOf([local.working]);
    if ('close' in local) stops.push(local.close);
    const sandbox = await openSandboxHere(config);
    stops.push(async () => sandbox?.close());
    const container = processContainer(config, { db, ring, blobs, baseUrl, port, identity, providers });
    await updatePriceBook(container);
    await stockDatilio(container);
    stops.push(keepTally(container, log), keepCalls(container, log), keepUploads(container, log));
    if (config.METRICS_PORT !== undefined) stops.push(await serveMetrics(config.METRICS_PORT, metrics));
    const pullers: Puller[] = [];
    // What is cut off is taken up by another worker when its lease has run out.
    stops.push(() => drained(pullers));
    if (config.ROLE !== 'api') pullers.push(await startWorker({ container, db, blobs, log }));
    if (config.ROLE === 'worker') {
      pullers.push(startReconciler(container, log));
      return { container, database, stop };
    }
    if (config.managed.store.kind === 'blobs') stops.push(await keepWriter(blobs, log));
    const server = serve({
      container,
      config,
      log,
      metrics,
      ready: async () => (await query(() => db.raw('select 1'))).isOk(),
      outbox: config.SMTP_URL === undefined ? demoOutbox(config).newest : undefined,
      home: () => config.BASE_URL ?? (listening ? originOf(listening) : baseUrl),
      processorPages: processorPagesOf(config),
      strict: config.NODE_ENV !== 'production',
    });
    const address = await server.listen(config.PORT, config.HOST);
    listening = address;
    stops.push(() => server.stop(STOP_DEADLINE_MS));
    sandbox?.deliverTo(webhookAt(originOf(address)));
    log.info(`listening on ${originOf(address)}`);
    // Its gateways read buckets from this very server.
    if (config.ROLE === 'all') pullers.push(startReconciler(container, log));
    return { container, database, address, stop };
  } catch (problem) {
    await stop();
    throw problem;
  }
};
