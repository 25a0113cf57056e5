import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import type { ZodType } from 'zod';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { Denied } from '../../ports/storage/object-store.js';
import type { Access } from './access.js';
import { type Exchange, type Exchanges, type Outgoing, textOf } from './exchange.js';
import { type CallFailure, failureOf, unavailable } from './failures.js';

type Query = Readonly<Record<string, string | undefined>>;
export type Call = {
  readonly method: Outgoing['method'];
  readonly path: string;
  readonly query?: Query;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
};
export type Media = { readonly headers: IncomingHttpHeaders; readonly body: IncomingMessage };

/** The JSON API of Cloud Storage, for one service account. What may be asked twice is, when the service falters. */
export type GcsApi = {
  /** Whether the account gets a token at all. */
  readonly admitted: () => ResultAsync<void, Denied | Unavailable>;
  readonly ask: <T>(call: Call, answer: ZodType<T>) => ResultAsync<T, CallFailure>;
  /** Only whether it was done. */
  readonly tell: (call: Call) => ResultAsync<void, CallFailure>;
  /** Whoever gets the media reads it to its end, or destroys it. */
  readonly open: (call: Call) => ResultAsync<Media, CallFailure>;
  /** Once, since a body is gone when it was sent; `body` settles when it has ended the request, or will not. */
  readonly upload: <T, E>(
    call: Call,
    body: (exchange: Exchange) => Promise<E | undefined>,
    answer: ZodType<T>,
  ) => ResultAsync<T, CallFailure | E>;
};

const ATTEMPTS = 3;
const FIRST_PAUSE_MS = 100;

/** `b`, `o` and what lies between slashes: names are one segment each, whatever is in them. */
export const pathOf = (...names: readonly string[]): string => names.map(encodeURIComponent).join('/');
export const objectPath = (bucket: string, key: string): string =>
  `/storage/v1/b/${pathOf(bucket)}/o/${pathOf(key)}`;
export const objectsPath = (bucket: string): string => `/storage/v1/b/${pathOf(bucket)}/o`;

const queryOf = (query: Query = {}): string => {
  const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return given.length > 0 ? `?${new URLSearchParams(given)}` : '';
};

const parsed = <T>(text: string, schema: ZodType<T>): Result<T, CallFailure> => {
  try {
    return ok(schema.parse(JSON.parse(text)));
  } catch {
    return err(unavailable('the service answered something that is not in its documentation'));
  }
};

/** Whatever the connection throws is one more way of being unavailable. */
const connected = <T, E>(work: () => Promise<Result<T, E | CallFailure>>): ResultAsync<T, E | CallFailure> =>
  new ResultAsync(work().catch((error: unknown) => err(unavailable(error))));

type Read<T> = (answer: IncomingMessage) => Promise<Result<T, CallFailure>>;
type Line = { readonly exchanges: Exchanges; readonly access: Access; readonly origin: URL };

const begin = ({ exchanges, origin }: Line, call: Call, token: string, body?: string): Exchange =>
  exchanges(origin, {
    method: call.method,
    path: call.path + queryOf(call.query),
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      }),
      ...call.headers,
    },
  });

/** Success is read as the caller likes; a refusal is read, and told. */
const judge = async <T>(
  { access }: Line,
  answer: IncomingMessage,
  read: Read<T>,
): Promise<Result<T, CallFailure>> => {
  const { statusCode: status = 0 } = answer;
  if (status >= 200 && status < 300) return read(answer);
  if (status === 401) access.forget();
  return err(failureOf(status, await textOf(answer)));
};

const askOnce = <T>(line: Line, call: Call, token: string, read: Read<T>) =>
  connected<T, never>(async () => {
    const body = call.json === undefined ? undefined : JSON.stringify(call.json);
    const exchange = begin(line, call, token, body);
    exchange.expect();
    exchange.request.end(body);
    const outcome = await judge(line, await exchange.answer, read);
    exchange.rest();
    return outcome;
  });

const askOften = async <T>(
  line: Line,
  call: Call,
  token: string,
  read: Read<T>,
  attempt = 1,
): Promise<Result<T, CallFailure>> => {
  const outcome = await askOnce(line, call, token, read);
  if (outcome.isOk() || outcome.error.kind !== 'unavailable' || attempt === ATTEMPTS) return outcome;
  await pause(FIRST_PAUSE_MS * 3 ** (attempt - 1));
  return askOften(line, call, token, read, attempt + 1);
};

const send = <T, E>(
  line: Line,
  call: Call,
  token: string,
  body: (exchange: Exchange) => Promise<E | undefined>,
  read: Read<T>,
) =>
  connected<T, E>(async () => {
    const exchange = begin(line, call, token);
    const answered = exchange.answer.then(
      () => undefined,
      () => undefined,
    );
    const refusal = await Promise.race([body(exchange), answered]);
    if (refusal !== undefined) {
      exchange.request.destroy();
      return err(refusal);
    }
    exchange.expect();
    const outcome = await judge(line, await exchange.answer, read);
    // Refused on sight: the rest of the body is not sent, so the connection is of no further use.
    if (!exchange.request.writableFinished) exchange.request.destroy();
    return outcome;
  });

export const gcsApi = (line: Line): GcsApi => {
  const { token } = line.access;
  const called = <T>(call: Call, read: Read<T>) =>
    token().andThen((granted) => new ResultAsync(askOften(line, call, granted, read)));
  const parsing =
    <T>(schema: ZodType<T>): Read<T> =>
    async (answer) =>
      parsed(await textOf(answer), schema);
  return {
    admitted: () => token().map(() => undefined),
    ask: (call, schema) => called(call, parsing(schema)),
    tell: (call) => called(call, async (answer) => ok(void (await textOf(answer)))),
    open: (call) => called(call, async (answer) => ok({ headers: answer.headers, body: answer })),
    upload: (call, body, schema) =>
      token().andThen((granted) => send(line, call, granted, body, parsing(schema))),
  };
};
