import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Faults } from './faults.js';
import { plannedFaults } from './faults.js';
import { known } from './lookup.js';
import type { PaymentSandbox, PaymentSandboxOptions } from './options.js';
import type { EventRecord } from './records.js';
import { type Desk, listener } from './server.js';
import { forget } from './state.js';
import { openStore } from './store.js';
import { catchUp } from './time.js';
import { type Deliveries, deliveries } from './webhooks/deliveries.js';
import { worldOf } from './world-of.js';

const LOOPBACK = ['127.0.0.1', '::1'];
const RETRY_DELAYS = [1_000, 5_000, 30_000, 120_000, 600_000];
const TICK_MS = 30_000;

const listen = async (host: string, port: number): Promise<Server> => {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  return server;
};

const baseOf = (server: Server, host: string): string => {
  const { port } = server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
};

const shut = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

const faultsOf = (desk: Pick<Desk, 'world' | 'faults'>, post: Deliveries): Faults => ({
  next: desk.faults.plan,
  copies: post.copies,
  hold: () => post.hold(true),
  held: () => post.held().map((id) => ({ id, type: known(desk.world.state.events, id).type })),
  release: (ids = post.held()) => post.release(ids),
  clear: () => {
    desk.faults.clear();
    post.copies(1);
    post.hold(false);
  },
});

/** Who causes what is told: a call, or nobody. */
const causes = () => {
  let request: EventRecord['request'] = null;
  const during: Desk['during'] = (call, work) => {
    request = call;
    try {
      return work();
    } finally {
      request = null;
    }
  };
  return { request: () => request, during };
};

/**
 * Starts the payment sandbox: somebody else's payment system, with money that is not real, on a loopback port.
 * Any other address is refused, since whoever reaches it could "pay".
 */
export const startPaymentSandbox = async (options: PaymentSandboxOptions): Promise<PaymentSandbox> => {
  const { clock, random, ids, host = '127.0.0.1', port = 0, file, apiKey, webhookSecret } = options;
  if (!LOOPBACK.includes(host))
    throw new Error(`the payment sandbox does not listen on ${host}: loopback only`);
  const store = await openStore({ file, random, apiKey, webhookSecret });
  const server = await listen(host, port);
  const { state, save } = store;
  const cause = causes();
  const delays = options.retryDelays ?? RETRY_DELAYS;
  const keep = (): void => void save();
  const post = deliveries({ state, clock, secret: store.webhookSecret, delays, changed: keep });
  const base = baseOf(server, host);
  const world = worldOf({ state, clock, ids, random, base, request: cause.request, told: post.add });
  const desk: Desk = { world, apiKey: store.apiKey, faults: plannedFaults(), during: cause.during, save };
  for (const id of Object.keys(state.undelivered)) post.add(id);
  if (options.webhookUrl !== undefined) post.deliverTo(options.webhookUrl);
  server.on('request', listener(desk));
  const advance = async (ms: number): Promise<void> => {
    state.ahead += ms;
    catchUp(world, world.now());
    forget(state, world.now());
    await save();
  };
  const tick = setInterval(() => void advance(0), TICK_MS).unref();
  return {
    url: base,
    apiKey: store.apiKey,
    webhookSecret: store.webhookSecret,
    advance,
    deliverTo: post.deliverTo,
    delivered: post.idle,
    faults: faultsOf(desk, post),
    close: async () => {
      clearInterval(tick);
      post.close();
      await shut(server);
      await save();
    },
  };
};
