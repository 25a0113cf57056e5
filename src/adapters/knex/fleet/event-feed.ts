import type { Knex } from 'knex';
import * as z from 'zod';
import type { AccountId } from '../../../domain/shared/ids.js';
import type { EventFeed } from '../../../ports/fleet/unit-of-work.js';
import type { DomainEvent } from '../../../ports/shared/events.js';
import { query } from '../kit/query.js';
import { timestamptz } from '../kit/rows.js';

const Row = z
  .object({
    stream: z.string(),
    seq: z.number(),
    type: z.string(),
    account_id: z.string().transform((id) => id as AccountId),
    data: z.record(z.string(), z.unknown()),
    at: timestamptz,
  })
  .transform(({ account_id: accountId, ...row }): DomainEvent => ({ ...row, accountId }));

// One look-up in the primary key for each stream; where nothing is new it ends there.
const SINCE = `
  select e.*
    from unnest(cast(:streams as uuid[]), cast(:after as integer[])) p(stream, after)
   cross join lateral (
     select * from events where stream = p.stream and seq > p.after order by seq limit 100
   ) e
   order by e.stream, e.seq`;

/** Events as they come to be, of many streams in one statement that each connection plans once. */
export const knexEventFeed = (db: Knex): EventFeed => ({
  since: (positions) =>
    query(() =>
      db
        .raw<{ readonly rows: readonly unknown[] }>(SINCE, {
          streams: positions.map(({ stream }) => stream),
          after: positions.map(({ after }) => after),
        })
        .options({ name: 'events since' }),
    ).map(({ rows }) => rows.map((row) => Row.parse(row))),
});
