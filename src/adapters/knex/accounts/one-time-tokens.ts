import type { Knex } from 'knex';
import { errAsync, okAsync } from 'neverthrow';
import { iso } from '../../../domain/shared/time.js';
import type { OneTimeTokens } from '../../../ports/accounts/unit-of-work.js';
import { NOT_FOUND, type NotFound } from '../../../ports/shared/failure.js';
import { query } from '../kit/query.js';

/** One-time tokens on one transaction. A unit that rolls back has used none up. */
export const knexOneTimeTokens = (trx: Knex): OneTimeTokens => ({
  add: ({ hash, purpose, subjectId, createdAt, expiresAt }) =>
    query(() =>
      trx('one_time_tokens').insert({
        hash,
        purpose,
        subject_id: subjectId,
        created_at: iso(createdAt),
        expires_at: iso(expiresAt),
      }),
    ).map(() => undefined),
  redeem: (hash, purpose, at) =>
    query(() =>
      trx('one_time_tokens')
        .where({ hash, purpose })
        .whereNull('used_at')
        .where('expires_at', '>', iso(at))
        .update({ used_at: iso(at) })
        .returning<{ readonly subject_id: string }[]>('subject_id'),
    ).andThen(([redeemed]) =>
      redeemed === undefined ? errAsync<string, NotFound>(NOT_FOUND) : okAsync(redeemed.subject_id),
    ),
  subjectOf: (hash, purpose) =>
    query(() =>
      trx('one_time_tokens')
        .where({ hash, purpose })
        .first<{ readonly subject_id: string } | undefined>('subject_id'),
    ).andThen((row) => (row === undefined ? errAsync<string, NotFound>(NOT_FOUND) : okAsync(row.subject_id))),
  withdraw: (purpose, subjectId, at) =>
    query(() =>
      trx('one_time_tokens')
        .where({ subject_id: subjectId, purpose })
        .whereNull('used_at')
        .update({ used_at: iso(at) }),
    ).map(() => undefined),
});
