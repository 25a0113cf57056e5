import type * as z from 'zod';
import type { Instant } from '../../../domain/shared/time.js';

/** Bytes for a client, with what RFC 9110 wants said about them. */
export type Outgoing = {
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly close: () => void;
  /** Bytes that `bytes` will give. */
  readonly length: number;
  /** Set: a part; positions are inclusive. */
  readonly part?: { readonly from: number; readonly to: number; readonly size: number } | undefined;
  /** Absent: these bytes were made for this answer, and no part of them can be asked for later. */
  readonly version?: { readonly etag: string; readonly modifiedAt: Instant };
  readonly fileName: string;
  /** Set: in the place of a type and a disposition that make it a file to keep. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
};

/** One server-sent event (WHATWG HTML, section 9.2). */
export type ServerSentEvent = { readonly id?: string; readonly event: string; readonly data: unknown };

type Json<T> = {
  readonly kind: 'json';
  readonly status: 200 | 201 | 202;
  readonly schema: z.ZodType;
  readonly present: (value: T) => unknown;
  readonly headers?: Readonly<Record<string, string>> | ((value: T) => Headers) | undefined;
  /** True: there may be nothing to show, which is 204 and no body. */
  readonly orNone?: true;
};
type Empty<T> = {
  readonly kind: 'empty';
  readonly status: 200 | 202 | 204;
  /** True: what was asked for goes on after the answer, which is 202. */
  readonly goesOn?: (value: T) => boolean;
};
type Headers = Record<string, string | string[]>;
type Text<T> = {
  readonly kind: 'text';
  readonly status: 200;
  readonly mediaType: string;
  readonly render: (value: T) => string;
  readonly headers: (value: T) => Headers;
};
type Redirect<T> = {
  readonly kind: 'redirect';
  readonly status: 303;
  readonly to: (value: T) => string;
  readonly headers: (value: T) => Headers;
};
type Stream<T> = {
  readonly kind: 'stream';
  readonly status: 200;
  /** Undefined bytes: the client's copy is current (304). */
  readonly open: (value: T) => Outgoing | { readonly notModified: string };
  /** True: it is never given in parts, nor left out because the client has it. */
  readonly whole?: true;
};
type Sse<T> = {
  readonly kind: 'sse';
  readonly status: 200;
  /** Ends when `signal` is aborted: the client left, or the server is stopping. */
  readonly events: (value: T, signal: AbortSignal) => AsyncIterable<ServerSentEvent>;
};

type ByAccept<T> = {
  readonly kind: 'by_accept';
  readonly status: 200;
  /** The first is for those who take either, or neither. */
  readonly choices: readonly [Json<T> | Text<T>, ...(Json<T> | Text<T>)[]];
};

export type Reply<T> = Json<T> | Empty<T> | Text<T> | Redirect<T> | Stream<T> | Sse<T> | ByAccept<T>;

/** A JSON document that fits `schema`; `present` words the value as the contract does, `headers` go out with it. */
export const json = <T, R extends z.ZodType>(
  status: 200 | 201 | 202,
  schema: R,
  present: (value: T) => z.input<R>,
  headers?: Json<T>['headers'],
): Json<T> => ({ kind: 'json', status, schema, present, headers });

/** A JSON document, or 204 where there is none. */
export const jsonOrNone = <T, R extends z.ZodType>(
  schema: R,
  present: (value: T) => z.input<R>,
): Json<T | undefined> => ({
  kind: 'json',
  status: 200,
  schema,
  present: (value) => value && present(value),
  orNone: true,
});

/** No body at all. */
export const empty = <T = unknown>(status: 200 | 202 | 204): Empty<T> => ({ kind: 'empty', status });

/** No body: 204 when all is done, 202 when it goes on. */
export const doneOrGoingOn = <T>(goesOn: (value: T) => boolean): Empty<T> => ({
  kind: 'empty',
  status: 204,
  goesOn,
});

const NO_HEADERS = (): Headers => ({});

/** Text of any kind; `headers` go out with it, and over those that every answer has. */
export const text = <T>(
  mediaType: string,
  render: (value: T) => string,
  headers: (value: T) => Headers = NO_HEADERS,
): Text<T> => ({ kind: 'text', status: 200, mediaType, render, headers });

/** A page; whoever renders escapes. */
export const html = <T>(render: (value: T) => string, headers: (value: T) => Headers = NO_HEADERS): Text<T> =>
  text('text/html; charset=utf-8', render, headers);

/** 303: the answer to a form is another page. */
export const redirect = <T>(
  to: (value: T) => string,
  headers: (value: T) => Headers = NO_HEADERS,
): Redirect<T> => ({ kind: 'redirect', status: 303, to, headers });

/** Octets to keep: always an attachment, with ranges and validators. */
export const download = <T>(open: Stream<T>['open']): Stream<T> => ({ kind: 'stream', status: 200, open });

/** The same, made for this very answer: all of it, whatever the client asks for. */
export const wholeDownload = <T>(open: (value: T) => Outgoing): Stream<T> => ({
  ...download<T>(open),
  whole: true,
});

/** The same value in the form that the client's Accept prefers; a document for those who do not say. */
export const byAccept = <T>(document: Json<T>, ...texts: readonly Text<T>[]): ByAccept<T> => ({
  kind: 'by_accept',
  status: 200,
  choices: [document, ...texts],
});

/** A page, and what it shows as a document for programs that ask for one. */
export const pageOrJson = <T>(page: Text<T>, document: Json<T>): ByAccept<T> => ({
  kind: 'by_accept',
  status: 200,
  choices: [page, document],
});

export const sse = <T>(events: Sse<T>['events']): Sse<T> => ({ kind: 'sse', status: 200, events });
