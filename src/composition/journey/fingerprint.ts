import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ResultAsync } from 'neverthrow';
import { type ApiFailure, unreachable } from './client.js';

/** What tells one content from another. */
export type Fingerprint = { readonly size: number; readonly sha256: string };

/** Takes the fingerprint of bytes on their way. */
export const fingerprinting = (onBytes: (count: number) => void) => {
  const hash = createHash('sha256');
  let size = 0;
  return {
    pass: (chunk: Uint8Array): void => {
      hash.update(chunk);
      size += chunk.length;
      onBytes(chunk.length);
    },
    take: (): Fingerprint => ({ size, sha256: hash.digest('hex') }),
  };
};

/** Reads a reply's bytes for their fingerprint only. */
export const fingerprint =
  (onBytes: (count: number) => void) =>
  (reply: IncomingMessage): ResultAsync<Fingerprint, ApiFailure> => {
    const drain = async (): Promise<Fingerprint> => {
      const print = fingerprinting(onBytes);
      for await (const chunk of reply as AsyncIterable<Uint8Array>) print.pass(chunk);
      return print.take();
    };
    return ResultAsync.fromPromise(drain(), unreachable);
  };
