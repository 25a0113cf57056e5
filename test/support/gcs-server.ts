import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { apiOf, type Permission } from './gcs-server/api.js';
import { bucketsInMemory } from './gcs-server/buckets.js';
import { errorDocument, isRefusal, refusal } from './gcs-server/refusal.js';
import { tokenEndpoint } from './gcs-server/tokens.js';
import { bytesOf, uploadsInto } from './gcs-server/uploads.js';

type Fault = {
  readonly status: number;
  times: number;
  readonly when: (method: string, path: string) => boolean;
};

const sendJson = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' }).end(JSON.stringify(body));
};

/** Media downloads are refused in plain text, everything else in a document. */
const sendError = (request: IncomingMessage, response: ServerResponse, error: unknown): void => {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const refused = isRefusal(error) ? error : refusal(500, 'backendError', String(error));
  // What is left of a request that was refused on sight is read and thrown away.
  request.resume();
  if (request.url?.includes('alt=media'))
    response.writeHead(refused.status, { 'content-type': 'text/html; charset=UTF-8' }).end(refused.message);
  else sendJson(response, refused.status, errorDocument(refused));
};

/**
 * A Cloud Storage of one's own, in memory, for one service account: buckets, objects and uploads of the JSON
 * API as documented, at `url`; Google's token endpoint at `tokenUrl`.
 */
export const gcsServer = async (options: { readonly held?: (asked: number) => number } = {}) => {
  const buckets = bucketsInMemory();
  const uploads = uploadsInto(buckets);
  const tokens = tokenEndpoint();
  const denials: { readonly permission: Permission; readonly only: (name: string) => boolean }[] = [];
  let faults: Fault[] = [];
  let before: (method: string, url: string) => Promise<void> = async () => undefined;
  const requests: string[] = [];
  const sockets = new Set<unknown>();

  const allow = (permission: Permission, resource: string): void => {
    if (!denials.some((denial) => denial.permission === permission && denial.only(resource))) return;
    const who = tokens.serviceAccount.client_email;
    throw refusal(
      403,
      'forbidden',
      `${who} does not have ${permission} access. Permission '${permission}' denied on resource (or it may not exist).`,
    );
  };
  const api = apiOf({ buckets, uploads, allow, held: options.held ?? ((asked) => asked) });

  const fault = (method: string, path: string): void => {
    const hit = faults.find(({ times, when }) => times > 0 && when(method, path));
    if (!hit) return;
    hit.times -= 1;
    throw refusal(hit.status, 'backendError', 'We encountered an internal error. Please try again.');
  };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '' } = request;
    const [path = '', query = ''] = url.split('?', 2);
    requests.push(`${method} ${path}`);
    fault(method, path);
    await before(method, url);
    if (path === '/token') {
      const { status, body } = await tokens.grant(new URLSearchParams((await bytesOf(request)).toString()));
      return sendJson(response, status, body);
    }
    // The address of an upload session is a secret of its own, and opens it without a token.
    if (!query.includes('upload_id=') && !tokens.knows(request.headers.authorization))
      throw refusal(401, 'authError', 'Invalid Credentials');
    await api(request, response, path, new URLSearchParams(query));
  };

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => sendError(request, response, error));
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url,
    tokenUrl: `${url}/token`,
    serviceAccount: tokens.serviceAccount,
    /** `METHOD /path` of everything that was asked, in order. */
    requests: requests as readonly string[],
    /** Takes a permission away; with `only`, for those resources (object names, or the bucket's) alone. */
    deny: (permission: Permission, only: (name: string) => boolean = () => true) =>
      void denials.push({ permission, only }),
    /** Answers with this status instead, so many times. */
    fail: (status: number, times = Number.POSITIVE_INFINITY, when: Fault['when'] = () => true) =>
      void faults.push({ status, times, when }),
    /** Every request waits for this before it takes effect. */
    holdBack: (hook: typeof before) => {
      before = hook;
    },
    /** Takes back what `deny`, `fail` and `holdBack` did. */
    recover: () => {
      before = async () => undefined;
      denials.length = 0;
      faults = [];
    },
    revokeTokens: tokens.revoke,
    tokensGiven: tokens.count,
    openUploads: uploads.open,
    openConnections: () => sockets.size,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
export type GcsServer = Awaited<ReturnType<typeof gcsServer>>;
