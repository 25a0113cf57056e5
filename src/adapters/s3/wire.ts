import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import type { HttpHandler, HttpRequest, HttpResponse } from '@smithy/protocol-http';
import type { Agents } from '../kit/outbound.js';

export type Patience = {
  /** Until a connection stands. */
  readonly connectMs: number;
  /** Without a byte from the store, while it is the store that is waited for. */
  readonly silenceMs: number;
  /** For an answer to all that was sent, of whatever is no object's content; for all pages of one listing together. */
  readonly answerMs: number;
};

const TICK_MS = 500;
/** Above this a body waits to be asked for, so that a refusal on sight costs its sender nothing. */
const ASK_FROM_BYTES = 256 * 1024;
/** Servers that do not know the question get the body anyway, as curl does it. */
const ASK_MS = 1_000;

const escaped = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

const targetOf = ({ path, query }: HttpRequest): string => {
  const pairs = Object.entries(query ?? {}).flatMap(([name, values]) =>
    [values].flat().map((value) => (value === null ? escaped(name) : `${escaped(name)}=${escaped(value)}`)),
  );
  return pairs.length > 0 ? `${path}?${pairs.join('&')}` : path;
};

const isLarge = ({ body, headers }: HttpRequest): boolean =>
  body instanceof Readable && Number(headers['content-length'] ?? ASK_FROM_BYTES) >= ASK_FROM_BYTES;

const open = (request: HttpRequest, agents: Agents): ClientRequest => {
  const { protocol, hostname, port, method, headers } = request;
  const options = {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port,
    method,
    path: targetOf(request),
    headers: { ...headers, ...(isLarge(request) && { expect: '100-continue' }) },
  };
  return protocol === 'https:'
    ? httpsRequest({ ...options, agent: agents.https })
    : httpRequest({ ...options, agent: agents.http });
};

/** What is going on between us and the store. */
type Exchange = {
  readonly outgoing: ClientRequest;
  answer?: IncomingMessage;
  /** Our own sender is waited for. */
  pulling: boolean;
};

const awaitsStore = ({ answer, pulling }: Exchange): boolean =>
  answer ? answer.readableLength === 0 && !answer.complete : !pulling;

const progressOf = ({ socket }: ClientRequest) => ({
  moved: socket ? socket.bytesRead + socket.bytesWritten : 0,
  connected: socket !== null && !socket.connecting,
});

const silence = (ms: number): Error =>
  Object.assign(new Error(`the store was silent for ${ms} ms`), { name: 'TimeoutError', code: 'ETIMEDOUT' });

/** All was sent, and the answer has not begun; one that comes a letter at a time is not silent. */
const isOwed = ({ outgoing, answer }: Exchange): boolean => outgoing.writableFinished && !answer;

const lasting = (is: boolean, ms: number): number => (is ? ms + TICK_MS : 0);

/** A slow sender or reader of ours is not the store's fault, so a timer of the socket's own would not do. */
const watch = (exchange: Exchange, { connectMs, silenceMs, answerMs }: Patience): void => {
  const { outgoing } = exchange;
  let seen = -1;
  let silentMs = 0;
  let owedMs = 0;
  const giveUp = (error: Error): void => {
    (exchange.answer ?? outgoing).destroy(error);
  };
  const look = () => {
    const { moved, connected } = progressOf(outgoing);
    silentMs = lasting(awaitsStore(exchange) && moved === seen, silentMs);
    seen = moved;
    const limit = connected ? silenceMs : connectMs;
    owedMs = lasting(isOwed(exchange), owedMs);
    if (silentMs >= limit) giveUp(silence(limit));
    else if (owedMs >= answerMs) giveUp(new Error(`the store had no answer within ${answerMs} ms`));
  };
  const timer = setInterval(look, TICK_MS).unref();
  outgoing.once('close', () => clearInterval(timer));
};

/** Until one of these happens. */
const first = (outgoing: ClientRequest, events: readonly string[], ms?: number): Promise<void> =>
  new Promise((resolve) => {
    const settle = () => {
      clearTimeout(timer);
      for (const event of events) outgoing.off(event, settle);
      resolve();
    };
    const timer = ms === undefined ? undefined : setTimeout(settle, ms);
    for (const event of events) outgoing.on(event, settle);
  });

const isOver = ({ outgoing, answer }: Exchange): boolean => outgoing.destroyed || answer !== undefined;

/** Streams a body; one that nobody wants any more is left where it is, untouched if the store never asked for it. */
const pour = async (exchange: Exchange, body: Readable): Promise<void> => {
  const { outgoing } = exchange;
  if (outgoing.hasHeader('expect')) {
    outgoing.flushHeaders();
    await first(outgoing, ['continue', 'response', 'close'], ASK_MS);
  }
  if (isOver(exchange)) return;
  outgoing.once('close', () => body.destroy());
  exchange.pulling = true;
  for await (const chunk of body) {
    exchange.pulling = false;
    if (isOver(exchange)) return;
    if (!outgoing.write(chunk)) await first(outgoing, ['drain', 'response', 'close']);
    exchange.pulling = true;
  }
  exchange.pulling = false;
  outgoing.end();
};

const send = (exchange: Exchange, body: unknown): void => {
  const { outgoing } = exchange;
  if (body instanceof Readable) pour(exchange, body).catch((error: Error) => outgoing.destroy(error));
  else if (typeof body === 'string' || body instanceof Uint8Array) outgoing.end(body);
  else outgoing.end();
};

const headersOf = ({ headers }: IncomingMessage): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]));

const isSignal = (signal: unknown): signal is AbortSignal => signal instanceof AbortSignal;

/** Requests of the SDK over agents that are given, with a bound on every wait for the store. */
export const wireOver = (agents: Agents, patience: Patience): HttpHandler => ({
  metadata: { handlerProtocol: 'http/1.1' },
  handle: (request, { abortSignal } = {}) =>
    new Promise<{ response: HttpResponse }>((resolve, reject) => {
      const outgoing = open(request, agents);
      const exchange: Exchange = { outgoing, pulling: false };
      outgoing.on('error', reject);
      outgoing.once('response', (answer) => {
        exchange.answer = answer;
        const { statusCode = 0 } = answer;
        resolve({ response: { statusCode, headers: headersOf(answer), body: answer } });
      });
      const abort = () => {
        outgoing.destroy(Object.assign(new Error('given up by the sender'), { name: 'AbortError' }));
      };
      if (isSignal(abortSignal)) {
        abortSignal.addEventListener('abort', abort, { once: true });
        outgoing.once('close', () => abortSignal.removeEventListener('abort', abort));
        if (abortSignal.aborted) return abort();
      }
      watch(exchange, patience);
      send(exchange, request.body);
    }),
  destroy: () => undefined,
  updateHttpClientConfig: () => undefined,
  httpHandlerConfigs: () => ({}),
});
