import { err, ok, okAsync } from 'neverthrow';
import type { AccountMember } from '../../../application/accounts/authenticate.js';
import type { Guard } from '../kit/guard.js';
import type { App } from './app.js';

/** Open to all; counted by network address. */
export const anyone: Guard<App, undefined> = {
  security: 'none',
  statuses: [],
  admit: (_app, { visit }) => okAsync({ identity: `address:${visit.address}`, place: ok(undefined) }),
};

const identityOf = ({ userId }: AccountMember): string => `user:${userId}`;

/** A signed-in user in their personal account, which is what pays here. */
export const user: Guard<App, AccountMember> = {
  security: 'bearer',
  statuses: [401],
  admit: ({ accounts }, { authorization, visit }) =>
    accounts.personal
      .authenticate(authorization, visit)
      .map((member) => ({ identity: identityOf(member), place: ok(member) })),
};

/** Those who run the platform. */
export const platformAdmin: Guard<App, AccountMember> = {
  security: 'bearer',
  statuses: [401, 403],
  admit: ({ accounts }, { authorization, visit }) =>
    accounts.personal.authenticate(authorization, visit).map((member) => ({
      identity: identityOf(member),
      place: member.platformAdmin ? ok(member) : err({ kind: 'forbidden', needs: 'a platform admin' }),
    })),
};
