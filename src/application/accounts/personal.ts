import type { Caller, Visit } from '../../domain/shared/principal.js';
import { impossible } from '../shared/impossible.js';
import { authenticateOwn } from './authenticate.js';
import type { AccountsDeps } from './deps.js';
import { login, type SignedIn } from './sessions.js';

/** Signed in where users are known by number. */
export type PersonallySignedIn = SignedIn & { readonly number: number };

/** The door for users who act for themselves: with tokens of its own, and always into their personal account. */
export const personal = (deps: AccountsDeps) => {
  const own: AccountsDeps = { ...deps, tokens: deps.personalTokens };
  return {
    login: (input: { email: string; password: string }, visit: Visit) =>
      login(own)(input, visit).andThen((signedIn) =>
        deps.readers
          .personalNumber(signedIn.user.id)
          .map((number): PersonallySignedIn => ({ ...signedIn, number }))
          .mapErr(impossible('not_found')),
      ),
    authenticate: authenticateOwn(own),
    /** By which the contract knows the caller. */
    numberOf: ({ userId }: Pick<Caller, 'userId'>) =>
      deps.readers.personalNumber(userId).mapErr(impossible('not_found')),
  };
};
