import { err, ok, type Result } from 'neverthrow';
import * as z from 'zod';
import type {
  ClientSecret,
  InvalidClient,
  IssuedToken,
} from '../../../application/accounts/client-tokens.js';
import { json } from '../kit/reply.js';
import { route } from './contract.js';
import { bearing } from './guards.js';

/** A parameter without a value counts as none (RFC 6749 section 3.2); one that comes twice is a list, and refused. */
const Parameter = z
  .string()
  .max(1_024)
  .transform((text) => (text === '' ? undefined : text))
  .optional();

const TokenRequest = z.object({
  grant_type: z.string().min(1).max(1_024),
  scope: Parameter,
  client_id: Parameter,
  client_secret: Parameter,
});
type TokenRequest = z.output<typeof TokenRequest>;

type TwoCredentials = { readonly kind: 'two_credentials' };
type Challenged = InvalidClient & { readonly challenge: string };

const INVALID_CLIENT: InvalidClient = { kind: 'invalid_client' };
const CHALLENGE = 'Basic realm="SentryAgent", charset="UTF-8"';

/** Id and secret are form-encoded before they are joined (RFC 6749 section 2.3.1). */
const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
};

const fromHeader = (authorization: string): Result<ClientSecret, InvalidClient> => {
  const [, encoded] = /^Basic +([A-Za-z0-9+/=]{1,2048})$/i.exec(authorization) ?? [];
  const [, id, secret] = /^([^:]+):(.+)$/s.exec(Buffer.from(encoded ?? '', 'base64').toString('utf8')) ?? [];
  const [clientId, plain] = [decoded(id ?? ''), decoded(secret ?? '')];
  return clientId && plain ? ok({ clientId, secret: plain }) : err(INVALID_CLIENT);
};

const fromBody = ({ client_id: clientId, client_secret: secret }: TokenRequest) =>
  clientId !== undefined && secret !== undefined ? ok({ clientId, secret }) : err(INVALID_CLIENT);

/** By header or in the body, never both. */
const credentialsOf = (
  authorization: string | undefined,
  body: TokenRequest,
): Result<ClientSecret, InvalidClient | TwoCredentials> => {
  if (authorization === undefined) return fromBody(body);
  if (body.client_secret !== undefined) return err({ kind: 'two_credentials' });
  return fromHeader(authorization).andThen((shown) =>
    body.client_id === undefined || body.client_id === shown.clientId
      ? ok(shown)
      : err({ kind: 'two_credentials' as const }),
  );
};

const challenged = <E extends { readonly kind: string }>(
  failure: E | InvalidClient,
): Exclude<E, InvalidClient> | Challenged =>
  failure.kind === 'invalid_client'
    ? { kind: 'invalid_client', challenge: CHALLENGE }
    : (failure as Exclude<E, InvalidClient>);

type UnsupportedGrant = { readonly kind: 'unsupported_grant_type' };
const grantOf = ({ grant_type }: TokenRequest): Result<void, UnsupportedGrant> =>
  grant_type === 'client_credentials' ? ok(undefined) : err({ kind: 'unsupported_grant_type' });

export const issueToken = route({
  operationId: 'issueToken',
  at: 'POST /api/v1/token',
  summary: 'A token for a client of an organization (OAuth 2 client credentials)',
  auth: bearing,
  body: { kind: 'form', schema: TokenRequest },
  run: ({ accounts }, { principal, body, visit }) =>
    grantOf(body)
      .andThen(() => credentialsOf(principal.authorization, body))
      .asyncAndThen((shown) => accounts.issueClientToken(shown, body.scope, visit))
      .mapErr(challenged),
  reply: json(
    200,
    z
      .object({
        access_token: z.string(),
        token_type: z.literal('Bearer'),
        expires_in: z.int(),
        scope: z.string().optional(),
      })
      .meta({ id: 'TokenResponse' }),
    ({ accessToken, expiresInSeconds, scopes }: IssuedToken) => ({
      access_token: accessToken,
      token_type: 'Bearer' as const,
      expires_in: expiresInSeconds,
      scope: scopes.length > 0 ? scopes.join(' ') : undefined,
    }),
    // RFC 6749 section 5.1 wants it; Cache-Control is on every answer.
    { Pragma: 'no-cache' },
  ),
  errors: { two_credentials: 400, unsupported_grant_type: 400, invalid_scope: 400, invalid_client: 401 },
});
