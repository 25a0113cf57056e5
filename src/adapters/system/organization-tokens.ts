import { err, ok } from 'neverthrow';
import type { AccountId } from '../../domain/shared/ids.js';
import type { OrganizationTokens } from '../../ports/accounts/organization-tokens.js';
import type { KeyRing } from './key-ring.js';
import { signedJwts } from './signed-jwts.js';

const textOf = (claim: unknown): string | undefined => (typeof claim === 'string' ? claim : undefined);

/** Tokens of organizations' clients, in the claims of RFC 9068. */
export const systemOrganizationTokens = (ring: KeyRing): OrganizationTokens => {
  const jwts = signedJwts(ring, 'sentryagent');
  return {
    issue: ({ clientId, organizationId, scopes }, token) =>
      jwts.sign({
        ...token,
        subject: clientId,
        claims: {
          client_id: clientId,
          ...(organizationId !== undefined && { organization_id: organizationId }),
          ...(scopes.length > 0 && { scope: scopes.join(' ') }),
        },
      }),
    verify: (token, at) =>
      jwts.verify(token, at).andThen((claims) => {
        const clientId = textOf(claims['client_id']);
        if (clientId === undefined) return err({ kind: 'invalid_token' as const });
        return ok({
          clientId,
          organizationId: textOf(claims['organization_id']) as AccountId | undefined,
          scopes: textOf(claims['scope'])?.split(' ') ?? [],
        });
      }),
  };
};
