import { setMaxListeners } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import cors from '@koa/cors';
import type Router from '@koa/router';
import Koa from 'koa';
import { connectionsOf } from './connections.js';
import { type EdgeOptions, outermost } from './outermost.js';
import { closeQuiet } from './quiet.js';
import { indexRoutes } from './route-index.js';
import { TIMING } from './timing.js';

export type ServerOptions = EdgeOptions & {
  readonly router: Router;
  readonly corsOrigins: readonly string[];
  /** Aborted when the stop begins: event streams end at once. */
  readonly stopping: AbortController;
};

export type HttpServer = {
  readonly listen: (port: number, host: string) => Promise<AddressInfo>;
  /** Refuses new connections, lets requests finish, and cuts what is left at the deadline. */
  readonly stop: (deadlineMs: number) => Promise<void>;
};

const EXPOSED = ['X-Request-Id', 'ETag', 'Content-Range', 'Content-Disposition', 'Retry-After'];

/** The whole edge: what is common to every request, then the routes of all contracts. */
export const httpServer = (options: ServerOptions): HttpServer => {
  const { router, corsOrigins, stopping } = options;
  const timing = { ...TIMING, ...options.timing };
  // Every event stream listens to it.
  setMaxListeners(0, stopping.signal);
  const koa = new Koa();
  koa.silent = true;
  koa.use(outermost(options, timing));
  if (corsOrigins.length > 0) koa.use(crossOrigin(corsOrigins));
  indexRoutes(router);
  koa.use(router.routes());
  koa.use(router.allowedMethods());
  const server = createServer({
    requestTimeout: 0,
    headersTimeout: timing.headersMs,
    keepAliveTimeout: timing.keepAliveMs,
    connectionsCheckingInterval: Math.ceil(timing.headersMs / 4),
  });
  const connections = connectionsOf(server);
  const callback = koa.callback();
  server.on('request', callback).on('checkContinue', callback);
  closeQuiet(server, timing.idleMs);
  return {
    listen: (port, host) => listen(server, options, port, host),
    stop: (deadlineMs) => {
      stopping.abort();
      return connections.close(deadlineMs);
    },
  };
};

const listen = (
  server: Server,
  { onDefect }: ServerOptions,
  port: number,
  host: string,
): Promise<AddressInfo> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      // A connection that could not be accepted must not end the process.
      server.on('error', (error) => onDefect(error, { requestId: '', operationId: 'accept' }));
      resolve(server.address() as AddressInfo);
    });
  });

const crossOrigin = (origins: readonly string[]) =>
  cors({
    origin: (ctx) => (origins.includes(ctx.get('origin')) ? ctx.get('origin') : ''),
    exposeHeaders: EXPOSED,
    maxAge: 600,
  });
