import { err, ok, type Result } from 'neverthrow';
import { failure, type S3Failure } from '../errors.js';
import type { Headers, Presented } from '../signing/presented.js';
import { parameter, type Query } from '../target.js';

/** How a body is vouched for. */
export type Mode =
  | { readonly kind: 'whole'; readonly sha256: string }
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'chunks'; readonly signed: boolean; readonly trailers: boolean };
/** With the line that stands for the body in what is signed. */
export type Payload = Mode & { readonly line: string };

const MODES: Readonly<Record<string, Mode>> = {
  'UNSIGNED-PAYLOAD': { kind: 'unsigned' },
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER': { kind: 'chunks', signed: false, trailers: true },
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD': { kind: 'chunks', signed: true, trailers: false },
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER': { kind: 'chunks', signed: true, trailers: true },
};
const NAME = 'x-amz-content-sha256';

const modeOf = (line: string): Result<Payload, S3Failure> => {
  const mode = Object.hasOwn(MODES, line) ? MODES[line] : undefined;
  if (mode) return ok({ ...mode, line });
  if (/^[0-9a-f]{64}$/.test(line)) return ok({ kind: 'whole', sha256: line, line });
  return err(
    line.startsWith('STREAMING-')
      ? failure('not_implemented', `${NAME}: ${line}.`)
      : failure('invalid_argument', `${NAME} must be a SHA-256 in hexadecimal, or one of its fixed words.`),
  );
};

/** A presigned address says it in its query or in a signed header, and mostly not at all. */
export const payloadOf = (
  { expires, signedHeaders }: Presented,
  headers: Headers,
  query: Query,
): Result<Payload, S3Failure> => {
  const header = headers[NAME];
  if (expires === undefined)
    return header === undefined ? err(failure('invalid_request', `${NAME} is missing.`)) : modeOf(header);
  const inQuery = parameter(query, 'X-Amz-Content-Sha256') ?? parameter(query, NAME);
  return modeOf(inQuery ?? (signedHeaders.includes(NAME) ? header : undefined) ?? 'UNSIGNED-PAYLOAD');
};
