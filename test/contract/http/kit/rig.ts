import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import Router from '@koa/router';
import { errAsync, okAsync } from 'neverthrow';
import type { Dialect } from '../../../../src/adapters/http/kit/dialect.js';
import { mount } from '../../../../src/adapters/http/kit/mount.js';
import type { RequestLine } from '../../../../src/adapters/http/kit/outermost.js';
import { type HttpServer, httpServer, type ServerOptions } from '../../../../src/adapters/http/kit/server.js';
import type { Timing } from '../../../../src/adapters/http/kit/timing.js';
import { network } from '../../../../src/adapters/kit/network.js';
import { instant } from '../../../../src/domain/shared/time.js';
import { outgoing, readAll, type Toy } from './toy.js';
import { toyRoutes } from './toy-routes.js';

export const dialect: Dialect = {
  statuses: { document: 400, fields: 422 },
  word: (status, failure, requestId) => ({ status, ...failure, cause: undefined, requestId }),
};

export type Kit = {
  readonly url: string;
  readonly port: number;
  readonly app: Toy;
  /** One per answered or abandoned request. */
  readonly lines: RequestLine[];
  readonly defects: unknown[];
  readonly reports: string[];
  readonly stop: HttpServer['stop'];
};

export type KitOptions = Partial<Omit<Toy, 'ran'>> & {
  readonly strict?: boolean;
  readonly timing?: Partial<Timing>;
  readonly server?: Partial<
    Pick<ServerOptions, 'corsOrigins' | 'https' | 'loopbackNamesOnly'> & { trusted: readonly string[] }
  >;
};

/** Fast enough to wait for. */
export const QUICK: Partial<Timing> = { senderMs: 100, readerMs: 100, heartbeatMs: 60, lingerMs: 300 };

const toy = (options: KitOptions): Toy => ({
  upload: options.upload ?? ((body) => readAll(body).map(() => undefined)),
  download: options.download ?? (() => outgoing('hello')),
  events: options.events ?? async function* () {},
  mayFollow: options.mayFollow ?? (() => true),
  wait: options.wait ?? (async () => 'waited'),
  ran: [],
});

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** From here more has come than may. */
export const BUSY_ADDRESS = '203.0.113.9';

/** The kit alone on a free loopback port: no database, no contexts. */
export const startKit = async (options: KitOptions = {}): Promise<Kit> => {
  const { strict = true, timing = QUICK, server: over = {} } = options;
  const app = toy(options);
  const lines: RequestLine[] = [];
  const defects: unknown[] = [];
  const reports: string[] = [];
  const stopping = new AbortController();
  const router = new Router();
  let ids = 0;
  mount(router, toyRoutes, {
    app,
    dialect,
    limits: {
      consume: (_name, key) =>
        key === 'busy' || key === `address:${BUSY_ADDRESS}`
          ? errAsync({ kind: 'rate_limited', retryAfterSeconds: 7 })
          : okAsync(undefined),
      forgive: () => okAsync(undefined),
    },
    digest: { sha256 },
    clock: { now: () => instant(Date.UTC(2026, 0, 15)) },
    strict,
    report: (problem) => reports.push(problem),
    stopping: stopping.signal,
    timing,
  });
  const server = httpServer({
    router,
    dialect,
    clock: { now: () => instant(Date.UTC(2026, 0, 15)) },
    ids: { next: () => `id-${++ids}` },
    trustedProxies: (over.trusted ?? []).map((text) => network(text) ?? expectNetwork(text)),
    corsOrigins: over.corsOrigins ?? [],
    https: over.https ?? false,
    loopbackNamesOnly: over.loopbackNamesOnly ?? false,
    onRequest: (line) => lines.push(line),
    onDefect: (defect) => defects.push(defect),
    stopping,
    timing,
  });
  const { port } = await server.listen(0, '127.0.0.1');
  return { url: `http://127.0.0.1:${port}`, port, app, lines, defects, reports, stop: server.stop };
};

const expectNetwork = (text: string): never => {
  throw new Error(`${text} is not a network`);
};

export const GOOD = { authorization: 'Bearer good' };

/** A socket spoken to by hand. */
export type Wire = {
  readonly socket: Socket;
  readonly send: (text: string | Buffer) => void;
  /** All that came so far. */
  readonly heard: () => string;
  /** Waits until what was heard matches, or as many bytes came. */
  readonly hears: (what: RegExp | number, withinMs?: number) => Promise<string>;
  readonly closed: Promise<void>;
};

export const wire = (port: number): Promise<Wire> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    let said = '';
    const heard = () => said;
    socket.on('data', (chunk) => {
      said += chunk.toString('latin1');
      socket.emit('heard');
    });
    // The other side may reset the connection: that is an end, and the tests look at what came before it.
    socket.on('error', () => {});
    // With allowHalfOpen nobody closes for us; a client that is told the end hangs up.
    socket.on('end', () => socket.end());
    const closed = new Promise<void>((done) => socket.once('close', () => done()));
    const hears = (what: RegExp | number, withinMs = 2_000) =>
      new Promise<string>((found, missed) => {
        const late = setTimeout(() => missed(new Error(`no ${what} in: ${said.slice(0, 500)}`)), withinMs);
        const look = () => {
          if (typeof what === 'number' ? said.length < what : !what.test(said)) return;
          clearTimeout(late);
          socket.off('heard', look).off('close', look);
          found(said);
        };
        socket.on('heard', look).on('close', look);
        look();
      });
    socket.once('connect', () =>
      resolve({ socket, send: (text) => socket.write(text), heard, hears, closed }),
    );
  });

/** A request head; every line after the first is given. */
export const head = (at: string, ...headers: string[]): string =>
  [`${at} HTTP/1.1`, 'Host: localhost', ...headers, '', ''].join('\r\n');

export const eventually = async (check: () => boolean, withinMs = 2_000): Promise<boolean> => {
  for (const end = Date.now() + withinMs; Date.now() < end; await pause(5)) if (check()) return true;
  return check();
};

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What would have ended the process, or warned of a leak. */
export const strays = (): readonly unknown[] => {
  const found: unknown[] = [];
  process.on('unhandledRejection', (reason) => found.push(reason));
  process.on('uncaughtException', (error) => found.push(error));
  process.on('warning', (warning) => {
    if (warning.name === 'MaxListenersExceededWarning') found.push(warning);
  });
  return found;
};
