import type { Knex } from 'knex';
import { iso } from '../../../domain/shared/time.js';
import type { Intervals } from '../../../ports/fleet/unit-of-work.js';
import type { Ids } from '../../../ports/shared/ids.js';
import { query } from '../kit/query.js';

/** Hours of file systems on one transaction. */
export const knexIntervals = (trx: Knex, ids: Ids): Intervals => ({
  open: ({ fileSystemId, accountId, label, microsPerHour, currency, startedAt }) =>
    query(() =>
      trx.raw(
        `insert into file_system_intervals
           (id, account_id, file_system_id, label, micros_per_hour, currency, started_at)
         select cast(:id as uuid), cast(:accountId as uuid), cast(:fileSystemId as uuid), :label,
           cast(:microsPerHour as bigint), :currency, greatest(cast(:startedAt as timestamptz), max(ended_at))
         from file_system_intervals where file_system_id = :fileSystemId
         on conflict (file_system_id) where ended_at is null do nothing`,
        {
          id: ids.next(),
          accountId,
          fileSystemId,
          label,
          microsPerHour: microsPerHour.toString(),
          currency,
          startedAt: iso(startedAt),
        },
      ),
    ).map(() => undefined),
  close: (fileSystemId, endedAt) =>
    query(() =>
      trx('file_system_intervals')
        .where({ file_system_id: fileSystemId })
        .whereNull('ended_at')
        .update({ ended_at: trx.raw('greatest(started_at, cast(? as timestamptz))', [iso(endedAt)]) }),
    ).map(() => undefined),
});
