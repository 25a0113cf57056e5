import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { err, errAsync, ok, okAsync, Result, ResultAsync } from 'neverthrow';
import type * as z from 'zod';
import { additive } from '../../adapters/http/training-pipes/additive.js';
import { ErrorDto } from '../../adapters/http/training-pipes/dialect.js';
import { operations } from '../../adapters/http/training-pipes/operations.js';

const endpoints = { ...operations, ...additive };

export type Call = {
  /** Access token or API key. */
  readonly as?: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  /** A POST that creates is sent twice at most for one creation. */
  readonly idempotencyKey?: string;
  /** Read anew for each attempt. */
  readonly body?: { readonly length: number; readonly bytes: () => AsyncIterable<Uint8Array> };
};

export type ApiFailure =
  | { readonly kind: 'refused'; readonly status: number; readonly code: string; readonly message: string }
  | { readonly kind: 'busy'; readonly status: number; readonly seconds: number }
  | { readonly kind: 'unreachable'; readonly reason: string }
  | { readonly kind: 'unexpected_reply'; readonly reason: string };

/** A failure in one line, for a person. */
export const reasonOf = (failure: ApiFailure): string => {
  switch (failure.kind) {
    case 'refused':
      return `${failure.status} ${failure.code}: ${failure.message}`;
    case 'busy':
      return `${failure.status}: the server asks to come again, and again`;
    case 'unreachable':
    case 'unexpected_reply':
      return failure.reason;
  }
};

export type Client = {
  /** The reply of an operation that succeeded, its body unread. */
  readonly call: (operation: keyof typeof endpoints, call?: Call) => ResultAsync<IncomingMessage, ApiFailure>;
  readonly close: () => void;
};

const SILENCE_MS = 120_000;
const ATTEMPTS = 5;
const LONGEST_WAIT_SECONDS = 60;

/** A connection that failed, in words. */
export const unreachable = (cause: unknown): ApiFailure => {
  const { message, code, name } = cause as NodeJS.ErrnoException;
  if (name === 'AbortError') return { kind: 'unreachable', reason: 'interrupted' };
  return { kind: 'unreachable', reason: message || code || 'the connection broke' };
};

/** Speaks to the API at `base` over kept-alive connections; what is under way when `signal` aborts, fails. */
export const openClient = (base: string, connections: number, signal?: AbortSignal): Client => {
  const { Agent, request } = base.startsWith('https:') ? https : http;
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const exchange = (operation: keyof typeof endpoints, call: Call): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const [method, template = ''] = endpoints[operation].split(' ');
      const document = call.json === undefined ? '' : JSON.stringify(call.json);
      const outgoing = request(
        base + addressOf(template, call),
        {
          method,
          agent,
          timeout: SILENCE_MS,
          headers: headersOf(call, Buffer.byteLength(document)),
          ...(signal && { signal }),
        },
        resolve,
      );
      outgoing.on('error', reject);
      outgoing.on('timeout', () => outgoing.destroy(new Error(`nothing moved for ${SILENCE_MS / 1000} s`)));
      // An early refusal cuts the upload short: then the reply counts, and this rejection comes too late.
      if (call.body) pipeline(call.body.bytes(), outgoing).catch(reject);
      else outgoing.end(document);
    });
  return {
    call: (operation, call = {}) =>
      patiently(
        () => ResultAsync.fromPromise(exchange(operation, call), unreachable).andThen(accepted),
        ATTEMPTS,
      ),
    close: () => agent.destroy(),
  };
};

const addressOf = (template: string, { params = {}, query = {} }: Call): string => {
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const pairs = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
};

const headersOf = (call: Call, documentBytes: number): http.OutgoingHttpHeaders => ({
  ...(call.as !== undefined && { Authorization: `Bearer ${call.as}` }),
  ...(call.idempotencyKey !== undefined && { 'Idempotency-Key': call.idempotencyKey }),
  ...(call.json !== undefined && { 'Content-Type': 'application/json', 'Content-Length': documentBytes }),
  ...(call.body && { 'Content-Type': 'application/octet-stream', 'Content-Length': call.body.length }),
});

const accepted = (reply: IncomingMessage): ResultAsync<IncomingMessage, ApiFailure> => {
  const status = reply.statusCode ?? 0;
  if (status >= 200 && status < 300) return okAsync(reply);
  return ResultAsync.fromPromise(text(reply), unreachable).andThen((body): Result<never, ApiFailure> => {
    const seconds = Number(reply.headers['retry-after']);
    if ((status === 429 || status === 503) && seconds >= 0) return err({ kind: 'busy', status, seconds });
    const { code, message } = parseJson(body)
      .map((document) => ErrorDto.safeParse(document).data?.error)
      .unwrapOr(undefined) ?? { code: 'unknown', message: body.slice(0, 200) };
    return err({ kind: 'refused', status, code, message });
  });
};

/** Rate limits and short absences are no failures of the journey: it waits as long as it is told to. */
const patiently = <T>(
  attempt: () => ResultAsync<T, ApiFailure>,
  attempts: number,
): ResultAsync<T, ApiFailure> =>
  attempt().orElse((failure) =>
    failure.kind === 'busy' && attempts > 1
      ? ResultAsync.fromSafePromise(pause(Math.min(failure.seconds, LONGEST_WAIT_SECONDS) * 1000)).andThen(
          () => patiently(attempt, attempts - 1),
        )
      : errAsync(failure),
  );

const parseJson = Result.fromThrowable(
  (body: string): unknown => JSON.parse(body),
  (): ApiFailure => ({ kind: 'unexpected_reply', reason: 'the reply is not a JSON document' }),
);

/** Reads a reply as the document that the contract promises. */
export const document =
  <S extends z.ZodType>(schema: S) =>
  (reply: IncomingMessage): ResultAsync<z.output<S>, ApiFailure> =>
    ResultAsync.fromPromise(text(reply), unreachable)
      .andThen(parseJson)
      .andThen((body): Result<z.output<S>, ApiFailure> => {
        const parsed = schema.safeParse(body);
        return parsed.success
          ? ok(parsed.data)
          : err({ kind: 'unexpected_reply', reason: `not the promised document: ${parsed.error.message}` });
      });

/** Reads a reply to its end, for the connection to be used again. */
export const nothing = (reply: IncomingMessage): ResultAsync<void, ApiFailure> =>
  ResultAsync.fromPromise(text(reply), unreachable).map(() => undefined);
