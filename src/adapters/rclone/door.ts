import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, request as overHttp, type ServerResponse } from 'node:http';
import { request as overHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { Agents } from '../kit/outbound.js';

/** Where the export of this name may go: a base URL, or undefined where it may go nowhere. */
export type EndpointOf = (caller: string) => Promise<string | undefined>;

export type Door = { readonly port: number; readonly close: () => Promise<void> };

const IDLE_MS = 5 * 60_000;
/** Between two neighbours only (RFC 9110, 7.6.1), and what is said to a proxy alone. */
const HOP_BY_HOP = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const carried = ({ rawHeaders }: IncomingMessage): string[] => {
  const pairs = rawHeaders.flatMap((name, i) =>
    i % 2 === 0 ? [[name, rawHeaders[i + 1] ?? ''] as const] : [],
  );
  return pairs.filter(([name]) => !HOP_BY_HOP.has(name.toLowerCase())).flat();
};

/** Callers name themselves; that is no secret, and opens the way to one store only. */
const callerOf = ({ headers }: IncomingMessage): string => {
  const [, login = ''] = /^Basic (\S+)$/.exec(headers['proxy-authorization'] ?? '') ?? [];
  return Buffer.from(login, 'base64').toString().split(':')[0] ?? '';
};

/** The path as it was written: signatures are made over its very bytes. */
const ABSOLUTE = /^http:\/\/([^/?#]+)(.*)$/i;

const refuse = (response: ServerResponse, status: number, reason: string): void => {
  response.writeHead(status, { 'Content-Type': 'text/plain', Connection: 'close' }).end(`${reason}\n`);
};

const isRedirect = (status: number): boolean => status >= 300 && status < 400 && status !== 304;

const forward = (
  incoming: IncomingMessage,
  path: string,
  base: URL,
  agents: Agents,
): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const secure = base.protocol === 'https:';
    const options = { method: incoming.method, path: path === '' ? '/' : path, headers: carried(incoming) };
    const outgoing = secure
      ? overHttps(base, { ...options, agent: agents.https })
      : overHttp(base, { ...options, agent: agents.http });
    outgoing.setTimeout(IDLE_MS, () => outgoing.destroy(new Error('the store is silent')));
    outgoing.once('response', resolve).once('error', reject);
    pipeline(incoming, outgoing).catch(reject);
  });

/** What a door that knows this secret says to a question. */
export const doorSign = (secret: string, question: string): string =>
  createHmac('sha256', secret).update(question).digest('hex');

export type DoorWays = { readonly agents: Agents; readonly endpointOf: EndpointOf; readonly secret: string };

const answer = async (
  incoming: IncomingMessage,
  response: ServerResponse,
  { agents, endpointOf, secret }: DoorWays,
): Promise<void> => {
  const { url = '' } = incoming;
  if (url.startsWith('/')) return void response.end(doorSign(secret, url));
  const [, authority, path = ''] = ABSOLUTE.exec(url) ?? [];
  const endpoint = authority === undefined ? undefined : await endpointOf(callerOf(incoming));
  const base = endpoint === undefined ? undefined : new URL(endpoint);
  if (base?.host !== authority?.toLowerCase() || base === undefined)
    return refuse(response, 403, 'there is no way to that place');
  const reply = await forward(incoming, path, base, agents);
  const status = reply.statusCode ?? 502;
  if (isRedirect(status)) {
    reply.destroy();
    return refuse(response, 502, 'the store leads elsewhere');
  }
  response.writeHead(status, carried(reply));
  await pipeline(reply, response);
};

/**
 * The way out for children that speak to a store of a stranger's choice: a proxy that takes each to its own store
 * and nowhere else, through agents that judge every address. Undefined: somebody else has the port.
 */
export const openDoor = (port: number, ways: DoorWays): Promise<Door | undefined> =>
  new Promise((resolve, reject) => {
    const server = createServer({ requestTimeout: 0 }, (incoming, response) => {
      answer(incoming, response, ways).catch(() => {
        if (response.headersSent) response.destroy();
        else refuse(response, 502, 'the store cannot be reached');
      });
    });
    server.on('connect', (_request, socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'));
    server.once('error', (cause: NodeJS.ErrnoException) =>
      cause.code === 'EADDRINUSE' ? resolve(undefined) : reject(cause),
    );
    server.listen(port, '127.0.0.1', () =>
      resolve({
        port: (server.address() as AddressInfo).port,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            server.closeAllConnections();
          }),
      }),
    );
  });
