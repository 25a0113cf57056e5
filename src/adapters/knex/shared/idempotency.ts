import type { Knex } from 'knex';
import { errAsync, ok, okAsync, type ResultAsync } from 'neverthrow';
import * as z from 'zod';
import { DAY, iso, plus } from '../../../domain/shared/time.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import type { Idempotency, InProgress, KeyReused, Made, Once } from '../../../ports/shared/idempotency.js';
import type { Sealed } from '../../../ports/shared/sealer.js';
import { LOCK_NOT_AVAILABLE, query, queryOr } from '../kit/query.js';
import { json, nullable } from '../kit/rows.js';

const Row = z.object({
  fingerprint: z.string(),
  ids: z.record(z.string(), z.string()),
  secret: nullable(z.string().transform((text) => text as Sealed)),
});

const KEY_REUSED: KeyReused = { kind: 'idempotency_key_reused' };
const IN_PROGRESS: InProgress = { kind: 'idempotency_in_progress' };

/** Takes the key when it is free or has expired: one statement, so that of two who come one gets it. */
const take = (trx: Knex, once: Once, made: Made): ResultAsync<boolean, InProgress | Unavailable> =>
  queryOr(LOCK_NOT_AVAILABLE, IN_PROGRESS, () =>
    trx.raw<{ readonly rowCount: number }>(
      `insert into idempotency_keys as held (scope, key, fingerprint, ids, secret, created_at)
       values (?, ?, ?, ?, ?, ?)
       on conflict (scope, key) do update set fingerprint = excluded.fingerprint, ids = excluded.ids,
         secret = excluded.secret, created_at = excluded.created_at
       where held.created_at <= ?`,
      [
        once.scope,
        once.key,
        once.fingerprint,
        json(made.ids),
        made.secret ?? null,
        iso(once.at),
        iso(plus(once.at, -DAY)),
      ],
    ),
  ).map(({ rowCount }) => rowCount === 1);

const firstMade = (
  trx: Knex,
  { scope, key, fingerprint }: Once,
): ResultAsync<Made, KeyReused | Unavailable> =>
  query(() => trx('idempotency_keys').where({ scope, key }).first())
    .map((row) => Row.parse(row))
    .andThen((row) =>
      row.fingerprint === fingerprint
        ? okAsync({ ids: row.ids, secret: row.secret })
        : errAsync<Made, KeyReused>(KEY_REUSED),
    );

/**
 * The claim of a request still at work is an uncommitted row, which an insert waits for: two seconds, then
 * the caller hears that it is in progress. A claim committed after this unit's snapshot is a serialization
 * conflict, and the unit runs again and finds it.
 */
export const knexIdempotency = (trx: Knex): Idempotency => ({
  claim: (once, made) =>
    query(() => trx.raw(`set local lock_timeout = '2s'`))
      .andThen(() => take(trx, once, made))
      .andThen((taken) => query(() => trx.raw('set local lock_timeout to default')).map(() => taken))
      .andThen((taken) => (taken ? ok(undefined) : firstMade(trx, once))),
});
