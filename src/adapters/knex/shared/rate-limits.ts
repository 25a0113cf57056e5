import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import { err, ok } from 'neverthrow';
import * as z from 'zod';
import { iso, plus, SECOND } from '../../../domain/shared/time.js';
import type { Clock } from '../../../ports/shared/clock.js';
import type { RateLimits } from '../../../ports/shared/rate-limits.js';
import { query } from '../kit/query.js';
import { timestamptz } from '../kit/rows.js';

/** `points` per window; the window opens with the first point taken. */
export type Limits<Name extends string> = Readonly<
  Record<Name, { readonly points: number; readonly windowSeconds: number }>
>;

const Row = z.object({ points: z.number(), expires_at: timestamptz });

/** Keys are addresses and e-mails, of any length and nobody's business: the row is named by their digest. */
const rowKey = (name: string, key: string): string =>
  `${name}:${createHash('sha256').update(key).digest('base64url')}`;

/**
 * Fixed windows, one statement per point, shared by all processes. Not rate-limiter-flexible: its Postgres store
 * subtracts Date.now() from what our connections read as a bigint, and it asks no clock but the system's.
 */
export const knexRateLimits = <Name extends string>(
  db: Knex,
  { limits, clock }: { readonly limits: Limits<Name>; readonly clock: Clock },
): RateLimits<Name> => ({
  consume: (name, key) => {
    const { points, windowSeconds } = limits[name];
    const now = clock.now();
    return query(() =>
      // Counting stops one past the limit, so that a flood cannot overflow it.
      db.raw<{ readonly rows: readonly unknown[] }>(
        `insert into rate_limits as held (key, points, expires_at) values (:key, 1, :ends)
         on conflict (key) do update set
           points = case when held.expires_at <= :now then 1 else least(held.points + 1, cast(:most as int)) end,
           expires_at = case when held.expires_at <= :now then excluded.expires_at else held.expires_at end
         returning points, expires_at`,
        {
          key: rowKey(name, key),
          ends: iso(plus(now, windowSeconds * SECOND)),
          now: iso(now),
          most: points + 1,
        },
      ),
    )
      .map(({ rows }) => Row.parse(rows[0]))
      .andThen((row) =>
        row.points <= points
          ? ok(undefined)
          : err({
              kind: 'rate_limited' as const,
              retryAfterSeconds: Math.ceil((row.expires_at - now) / SECOND),
            }),
      );
  },
  forgive: (name, key) =>
    query(() =>
      db('rate_limits')
        .where({ key: rowKey(name, key) })
        .delete(),
    ).map(() => undefined),
});
