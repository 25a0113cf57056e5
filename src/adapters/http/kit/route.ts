import type { ResultAsync } from 'neverthrow';
import type * as z from 'zod';
import type { Visit } from '../../../domain/shared/principal.js';
import type { Once } from '../../../ports/shared/idempotency.js';
import type { Guard } from './guard.js';
import type { Reply } from './reply.js';

export type Endpoint = `${'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} /${string}`;
export type FailureStatus =
  | 400
  | 401
  | 402
  | 403
  | 404
  | 408
  | 409
  | 412
  | 413
  | 416
  | 422
  | 429
  | 500
  | 502
  | 503
  | 507;

/** Zod objects over the raw strings of path, query and headers (header names in lower case). */
export type Shape = {
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
};

/** How a request's body is taken. Without one, what the client sends is not read. */
export type Body =
  /**
   * `optional`: nothing at all is taken as a document without fields. `exact`: numbers that would be rounded
   * are refused.
   */
  | {
      readonly kind: 'json';
      readonly schema: z.ZodType;
      readonly optional?: true;
      readonly exact?: true;
    }
  | { readonly kind: 'form'; readonly schema: z.ZodType }
  | { readonly kind: 'raw'; readonly maxBytes: number; readonly mediaType?: string }
  | { readonly kind: 'stream' };

/** A body on its way: nothing of it has been read when the use case starts. */
export type Incoming = {
  /** Iterated at most once; a client that waits for 100-continue is answered when that begins. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Content-Length, or undefined for chunked. */
  readonly length: number | undefined;
  readonly contentType: string | undefined;
  /** Aborted when the client leaves or sends too slowly. */
  readonly signal: AbortSignal;
};

type Output<S> = S extends z.ZodType ? z.output<S> : undefined;
type BodyOf<B> = B extends { readonly schema: infer S }
  ? Output<S>
  : B extends { readonly kind: 'raw' }
    ? Buffer
    : B extends { readonly kind: 'stream' }
      ? Incoming
      : undefined;

export type Request<P, S extends Shape, B> = {
  readonly principal: P;
  readonly params: Output<S['params']>;
  readonly query: Output<S['query']>;
  readonly headers: Output<S['headers']>;
  readonly body: BodyOf<B>;
  /** The client's Idempotency-Key, on routes that take one. */
  readonly once: Once | undefined;
  /** On event streams: the last event that the client has, if it says so. */
  readonly lastEventId: string | undefined;
  readonly visit: Visit;
};

/** What a malformed document and a refused field answer with; contracts differ. */
export type RefusalStatuses = { readonly document: FailureStatus; readonly fields: FailureStatus };

export type Kind<E> = E extends { readonly kind: infer K extends string } ? K : never;

/** Failures that any route may give and every dialect words the same way. */
export const COMMON_FAILURES = {
  unavailable: 503,
  rate_limited: 429,
  // Units of work retry conflicts; one that outlives the retries is a matter of "again in a moment".
  stale_version: 503,
  idempotency_key_reused: 422,
  idempotency_in_progress: 409,
} as const satisfies Record<string, FailureStatus>;

/** The statuses of a use case's failures, by kind: a missing or an invented one does not compile. */
export type ErrorTable<E> = {
  readonly [K in Exclude<Kind<E>, keyof typeof COMMON_FAILURES>]: FailureStatus;
};

/** Binds one API contract (its published endpoints, and ours beside them) to the facades it needs. */
export const contract =
  <App>() =>
  <const Ops extends Readonly<Record<string, Endpoint>>>(_operations: Ops) =>
  <
    Op extends keyof Ops & string,
    P,
    T,
    E extends { readonly kind: string },
    S extends Shape = Record<never, never>,
    const B extends Body | undefined = undefined,
  >(route: {
    readonly operationId: Op;
    readonly at: Ops[Op];
    readonly summary: string;
    readonly auth: Guard<App, P>;
    readonly request?: S;
    readonly body?: B;
    /** Takes an Idempotency-Key: POSTs that create or charge. */
    readonly idempotent?: true;
    /** Where this operation refuses with other statuses than the rest of its contract. */
    readonly refusals?: Partial<RefusalStatuses>;
    readonly run: (app: App, request: Request<P, S, B>) => ResultAsync<NoInfer<T>, E>;
    /** Says what `run` must answer: inferred from the reply, so that neither can drift from the other. */
    readonly reply: Reply<T>;
    readonly errors: ErrorTable<E>;
  }) =>
    route;

/** A route whose own types are forgotten: what the router, the documents and the tests walk over. */
export type AnyRoute<App> = {
  readonly operationId: string;
  readonly at: Endpoint;
  readonly summary: string;
  // biome-ignore lint/suspicious/noExplicitAny: the one place where the routes' own types are forgotten
  readonly auth: Guard<App, any>;
  readonly request?: Shape;
  readonly body?: Body | undefined;
  readonly idempotent?: true;
  readonly refusals?: Partial<RefusalStatuses>;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly run: (app: App, request: any) => ResultAsync<any, any>;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly reply: Reply<any>;
  readonly errors: Readonly<Record<string, FailureStatus>>;
};

/** Method and path of an endpoint. */
export const split = (at: Endpoint): { readonly method: string; readonly path: string } => {
  const space = at.indexOf(' ');
  return { method: at.slice(0, space), path: at.slice(space + 1) };
};

const USUAL: RefusalStatuses = { document: 400, fields: 400 };

/** All statuses a route may answer with, its success first. */
export const statusesOf = (route: AnyRoute<never>, statuses: RefusalStatuses = USUAL): readonly number[] => {
  const { document, fields } = { ...statuses, ...route.refusals };
  const { request, body, idempotent, reply, auth, errors } = route;
  const hasFields = request?.query ?? request?.headers ?? (body && 'schema' in body);
  const derived: readonly (readonly [boolean, readonly number[]])[] = [
    [true, [429, 503, ...auth.statuses, ...Object.values(errors)]],
    [request?.params !== undefined, [404]],
    [Boolean(hasFields), [fields]],
    [body !== undefined && body.kind !== 'stream', [document, 413]],
    [idempotent === true, [fields, 409, 422]],
    [reply.kind === 'stream' && !reply.whole, [206, 304, 416]],
    [reply.kind === 'json' && reply.orNone === true, [204]],
    [reply.kind === 'empty' && reply.goesOn !== undefined, [202]],
  ];
  const refusals = new Set(derived.flatMap(([applies, those]) => (applies ? those : [])));
  return [reply.status, ...[...refusals].sort((a, b) => a - b)];
};
