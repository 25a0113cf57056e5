import type { Knex } from 'knex';
import { type Instant, iso } from '../../../domain/shared/time.js';
import type { Sessions } from '../../../ports/accounts/unit-of-work.js';
import { query } from '../kit/query.js';

/** Sessions on one transaction; the first revocation is the one that counts. */
export const knexSessions = (trx: Knex): Sessions => {
  const revoke = (which: (sessions: Knex.QueryBuilder) => Knex.QueryBuilder, at: Instant) =>
    query(() => which(trx('sessions').whereNull('revoked_at')).update({ revoked_at: iso(at) })).map(
      () => undefined,
    );
  return {
    add: ({ id, userId, createdAt, expiresAt }) =>
      query(() =>
        trx('sessions').insert({
          id,
          user_id: userId,
          created_at: iso(createdAt),
          expires_at: iso(expiresAt),
        }),
      ).map(() => undefined),
    revoke: (id, at) => revoke((sessions) => sessions.where({ id }), at),
    revokeAll: (user, at, except) =>
      revoke((sessions) => {
        const all = sessions.where({ user_id: user });
        return except === undefined ? all : all.whereNot({ id: except });
      }, at),
  };
};
