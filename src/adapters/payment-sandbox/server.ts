import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { invalid, refusalWire } from './api/refusal.js';
import { type Answer, answerCall, type Call } from './api/router.js';
import type { CallFault, PlannedFaults } from './faults.js';
import { checkoutPage } from './pages/checkout.js';
import { STYLE, STYLE_PATH } from './pages/html.js';
import { invoicePage } from './pages/invoice.js';
import type { Shown } from './pages/page.js';
import { portalPage } from './pages/portal.js';
import { catchUp } from './time.js';
import { charging, type World } from './world.js';

const PAGES = [checkoutPage, portalPage, invoicePage];
const MOST_BYTES = 64 * 1_024;

export type Desk = {
  readonly world: World;
  readonly apiKey: string;
  readonly faults: PlannedFaults;
  /** Marks what is told from here on as caused by this call. */
  readonly during: <T>(call: { readonly id: string; readonly key: string | null } | null, work: () => T) => T;
  readonly save: () => Promise<void>;
};

const bodyOf = async (request: IncomingMessage): Promise<string | undefined> => {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > MOST_BYTES) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
};

const text = (header: string | string[] | undefined): string | undefined =>
  typeof header === 'string' ? header : undefined;

const sendAnswer = (response: ServerResponse, id: string, { status, body, replayed }: Answer): void => {
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Request-Id': id,
    ...(replayed && { 'Idempotent-Replayed': 'true' }),
  });
  response.end(body);
};

/** No answer, ever, or the end of the connection; true where that is all there is to say. */
const vanishes = (
  response: ServerResponse,
  fault: CallFault | undefined,
  when: 'before' | 'after',
): boolean => {
  if (fault === `cut_${when}`) response.destroy();
  return fault === `cut_${when}` || fault === `timeout_${when}`;
};

const api = async (desk: Desk, call: Call, response: ServerResponse): Promise<void> => {
  const { world } = desk;
  const fault = desk.faults.take(`${call.method} ${call.path}`);
  if (vanishes(response, fault, 'before')) return;
  const id = world.id('req');
  const answer = desk.during({ id, key: call.key ?? null }, () =>
    answerCall(world, desk.apiKey, call, fault),
  );
  if (call.method !== 'GET') await desk.save();
  if (!vanishes(response, fault, 'after')) sendAnswer(response, id, answer);
};

const policy = (leadsTo: readonly string[] = []): string =>
  `default-src 'none'; style-src 'self'; form-action ${[...new Set(["'self'", ...leadsTo])].join(' ')}; frame-ancestors 'none'; base-uri 'none'`;

const sendPage = (response: ServerResponse, shown: Shown): void => {
  const common = {
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  };
  if (shown.status === 303) response.writeHead(303, { ...common, Location: shown.location }).end();
  else
    response
      .writeHead(shown.status, {
        ...common,
        'Content-Type': 'text/html; charset=utf-8',
        'Content-Security-Policy': policy(shown.leadsTo),
      })
      .end(shown.html);
};

const pages = async (desk: Desk, call: Call, response: ServerResponse): Promise<void> => {
  const { world } = desk;
  const page = PAGES.find(({ path }) => path.test(call.path));
  const secret = page?.path.exec(call.path)?.groups?.['secret'];
  if (call.path === STYLE_PATH) {
    response.writeHead(200, { 'Content-Type': 'text/css; charset=utf-8' }).end(STYLE);
    return;
  }
  if (page === undefined || secret === undefined) {
    response.writeHead(404, { 'Content-Type': 'text/plain' }).end('Not found');
    return;
  }
  if (call.method !== 'POST') {
    sendPage(response, page.show(world, secret));
    return;
  }
  const fault = desk.faults.take(`POST ${call.path}`);
  const shown = desk.during(null, () =>
    charging(world, fault === 'declined', () => page.submit(world, secret, new URLSearchParams(call.body))),
  );
  await desk.save();
  sendPage(response, shown);
};

const serve = async (desk: Desk, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const url = new URL(request.url ?? '/', desk.world.base);
  const body = await bodyOf(request);
  // A page of somewhere else must not reach this port under a name of its own.
  if (request.headers.host !== new URL(desk.world.base).host) response.writeHead(421).end();
  else if (body === undefined) {
    const refusal = { ...invalid('The request body is too large.'), status: 413 as const };
    response.writeHead(413, { Connection: 'close' }).end(JSON.stringify(refusalWire(refusal)));
  } else {
    desk.during(null, () => catchUp(desk.world, desk.world.now()));
    const call: Call = {
      method: request.method ?? 'GET',
      path: url.pathname,
      query: url.search.slice(1),
      body,
      authorization: text(request.headers.authorization) ?? '',
      version: text(request.headers['stripe-version']),
      key: text(request.headers['idempotency-key']),
    };
    await (url.pathname.startsWith('/v1/') ? api : pages)(desk, call, response);
  }
};

/** Answers everything that comes in; a defect of the sandbox is a 500 and not the end of the process. */
export const listener =
  (desk: Desk): RequestListener =>
  (request, response) => {
    serve(desk, request, response).catch((problem: unknown) => {
      const message = problem instanceof Error ? problem.message : 'unknown';
      if (!response.headersSent) response.writeHead(500, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ error: { type: 'api_error', message: `Sandbox defect: ${message}` } }));
    });
  };
