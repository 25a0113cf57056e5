import type { Knex } from 'knex';
import type { ResultAsync } from 'neverthrow';
import { DAY, HOUR, type Instant, iso, plus } from '../../../domain/shared/time.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import { query } from '../kit/query.js';

/** What nobody can use any more, and how long it is kept after that for whoever looks into an incident. */
const EXPIRED = [
  { table: 'sessions', column: 'expires_at', keep: 7 * DAY },
  { table: 'one_time_tokens', column: 'expires_at', keep: 7 * DAY },
  { table: 'idempotency_keys', column: 'created_at', keep: DAY },
  { table: 'rate_limits', column: 'expires_at', keep: 0 },
  // Of processes that died: it has long lapsed.
  { table: 'storage_allotments', column: 'renewed_at', keep: HOUR },
  // No processor sends an event again after so long.
  { table: 'inbound_events', column: 'done_at', keep: 30 * DAY },
] as const;
const BATCH = 5_000;

const DISCOUNT = `
  with expired as (
    select id, counted_in from api_keys
     where counted_in is not null and expires_at <= :at order by expires_at limit :batch for update skip locked
  ),
  marked as (update api_keys k set counted_in = null from expired where k.id = expired.id returning k.id),
  gone as (select counted_in, count(*) as keys from expired group by counted_in),
  given as (
    update quota_usage q set used = greatest(q.used - gone.keys, 0) from gone
     where q.account_id = gone.counted_in and q.feature = 'api_keys' returning q.account_id
  )
  select count(*)::int as swept from marked`;

/** Deletes a batch of expired rows of each kind, and counts keys that have expired no more; answers how many, so that the caller comes again while there are more. */
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
    const { rows } = await db.raw<{ readonly rows: readonly { readonly swept: number }[] }>(DISCOUNT, {
      at: iso(at),
      batch: BATCH,
    });
    return swept + (rows[0]?.swept ?? 0);
  });
