import * as z from 'zod';
import type { Dialect, Worded } from '../kit/dialect.js';

export const OAuthErrorDto = z
  .object({ error: z.string(), error_description: z.string() })
  .meta({ id: 'OAuthError' });

type Wording = readonly [error: string, description: (failure: Worded) => string];

/** RFC 6749 section 5.2, and for what no token request is to blame for, the words of section 4.1.2.1. */
export const oauthWords: Readonly<Record<string, Wording>> = {
  invalid_client: ['invalid_client', () => 'The client is unknown, revoked, or its secret is wrong.'],
  unsupported_grant_type: ['unsupported_grant_type', () => 'Only client_credentials is granted here.'],
  invalid_scope: ['invalid_scope', () => 'The client was not given this scope.'],
  two_credentials: ['invalid_request', () => 'The client may prove itself in one way only.'],
  malformed_document: ['invalid_request', ({ reason }) => reason ?? 'The body cannot be read.'],
  invalid_request: [
    'invalid_request',
    ({ problems = [] }) =>
      `Not acceptable: ${problems.map(({ field, message }) => `${field}: ${message}`).join('; ')}`,
  ],
  body_too_large: ['invalid_request', ({ maxBytes }) => `The body may have at most ${maxBytes} bytes.`],
  rate_limited: ['temporarily_unavailable', () => 'Too many requests: wait as long as Retry-After says.'],
  unavailable: ['temporarily_unavailable', () => 'The service cannot answer at the moment; try again.'],
  internal: ['server_error', () => 'Something went wrong on our side.'],
};

/** Token requests are answered in OAuth's words: their clients are libraries that know no others. */
export const oauthDialect: Dialect = {
  statuses: { document: 400, fields: 400 },
  word: (_status, failure: Worded) => {
    const [error, describe] = oauthWords[failure.kind] ?? ['server_error', () => failure.kind];
    // What a header or a log would have to escape is not allowed in a description.
    return { error, error_description: describe(failure).replaceAll(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, "'") };
  },
};
