import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { errAsync, okAsync, ResultAsync } from 'neverthrow';
import type * as z from 'zod';
import type { FileSystemDto } from '../../adapters/http/training-pipes/fleet-schemas.js';
import { type ApiFailure, unreachable } from './client.js';
import { type Fingerprint, fingerprinting } from './fingerprint.js';

/** Where a file system is served, and what opens it. */
export type Door = { readonly url: string; readonly username: string; readonly password: string };

/** A client of one file system, as any that speaks WebDAV. */
export type Webdav = {
  readonly read: (path: string, moved: (count: number) => void) => ResultAsync<Fingerprint, ApiFailure>;
  readonly write: (path: string, file: string) => ResultAsync<void, ApiFailure>;
  readonly makeDirectory: (path: string) => ResultAsync<void, ApiFailure>;
};

type Asked = { readonly method: string; readonly path: string; readonly file?: string };

/** The way in that a file system shows to its members; undefined while it has none. */
export const doorOf = (shown: z.output<typeof FileSystemDto>): Door | undefined => {
  const webdav = shown.export?.webdav;
  return webdav?.password === undefined ? undefined : { ...webdav, password: webdav.password };
};

const printed = async (reply: Response, moved: (count: number) => void): Promise<Fingerprint> => {
  const print = fingerprinting(moved);
  for await (const chunk of reply.body ?? []) print.pass(chunk);
  return print.take();
};

/** Speaks to a gateway; what is under way when `signal` aborts, fails. */
export const openWebdav = ({ url, username, password }: Door, signal: AbortSignal): Webdav => {
  const Authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const ask = ({ method, path, file }: Asked): ResultAsync<Response, ApiFailure> => {
    const body = file === undefined ? {} : { body: Readable.toWeb(createReadStream(file)), duplex: 'half' };
    const at = url + path.split('/').map(encodeURIComponent).join('/');
    const options = { method, signal, headers: { Authorization }, ...body } as RequestInit;
    return ResultAsync.fromPromise(fetch(at, options), unreachable).andThen((reply) =>
      reply.ok
        ? okAsync(reply)
        : errAsync({ kind: 'unexpected_reply' as const, reason: `${method} answered ${reply.status}` }),
    );
  };
  const done = (asked: Asked): ResultAsync<void, ApiFailure> =>
    ask(asked).andThen((reply) =>
      ResultAsync.fromPromise(reply.arrayBuffer(), unreachable).map(() => undefined),
    );
  return {
    read: (path, moved) =>
      ask({ method: 'GET', path }).andThen((reply) =>
        ResultAsync.fromPromise(printed(reply, moved), unreachable),
      ),
    write: (path, file) => done({ method: 'PUT', path, file }),
    makeDirectory: (path) => done({ method: 'MKCOL', path }),
  };
};
