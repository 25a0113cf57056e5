import type { Knex } from 'knex';
import type { ResultAsync } from 'neverthrow';
import { DAY, type Instant, iso, plus } from '../../../domain/shared/time.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import { query } from '../kit/query.js';

/** What nobody can use any more, and how long it is kept after that for whoever looks into an incident. */
const EXPIRED = [
  { table: 'sessions', column: 'expires_at', keep: 7 * DAY },
  { table: 'one_time_tokens', column: 'expires_at', keep: 7 * DAY },
  { table: 'idempotency_keys', column: 'created_at', keep: DAY },
  { table: 'rate_limits', column: 'expires_at', keep: 0 },
  // No processor sends an event again after so long.
  { table: 'inbound_events', column: 'done_at', keep: 30 * DAY },
] as const;
const BATCH = 5_000;

/** Deletes a batch of expired rows of each kind; answers how many, so that the caller comes again while there are more. */
export const sweepExpired = (db: Knex, at: Instant): ResultAsync<number, Unavailable> =>
  query(async () => {
    let swept = 0;
    for (const { table, column, keep } of EXPIRED) {
      const { rowCount } = await db.raw(
        'delete from ?? where ctid in (select ctid from ?? where ?? < ? limit ?)',
        [table, table, column, iso(plus(at, -keep)), BATCH],
      );
      swept += rowCount ?? 0;
    }
    return swept;
  });
