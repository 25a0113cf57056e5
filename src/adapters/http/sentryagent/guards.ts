import { err, ok, okAsync } from 'neverthrow';
import type { ClientCaller } from '../../../application/accounts/client-tokens.js';
import type { ClientScope } from '../../../domain/accounts/organization-client.js';
import type { Guard } from '../kit/guard.js';
import type { App } from './app.js';

/** Open to all; counted by network address. */
export const anyone: Guard<App, undefined> = {
  security: 'none',
  statuses: [],
  admit: (_app, { visit }) => okAsync({ identity: `address:${visit.address}`, place: ok(undefined) }),
};

/** Open to all, who may bring what proves them as a header. */
export const bearing: Guard<App, { readonly authorization: string | undefined }> = {
  security: 'none',
  statuses: [],
  admit: (_app, { visit, authorization }) =>
    okAsync({ identity: `address:${visit.address}`, place: ok({ authorization }) }),
};

/** A client of an organization whose token was given this scope. */
export const client = (scope: ClientScope): Guard<App, ClientCaller> => ({
  security: 'bearer',
  statuses: [401, 403],
  admit: ({ accounts }, { authorization, visit }) =>
    accounts.authenticateClient(authorization, visit).map((caller) => ({
      identity: `client:${caller.clientRowId}`,
      place: caller.scopes.includes(scope)
        ? ok(caller)
        : err({ kind: 'forbidden', needs: `a token with the scope "${scope}"` }),
    })),
});
