import type { Knex } from 'knex';
import { errAsync, okAsync } from 'neverthrow';
import * as z from 'zod';
import { inOrder } from '../../../domain/entitlements/standing.js';
import type { CountedRecord, UsageRecord } from '../../../domain/entitlements/usage.js';
import type { AccountId } from '../../../domain/shared/ids.js';
import type { Usage } from '../../../ports/entitlements/unit-of-work.js';
import { NOT_FOUND, type NotFound } from '../../../ports/shared/failure.js';
import { query } from '../kit/query.js';
import { nullable, timestamptz } from '../kit/rows.js';

const Columns = z.object({
  id: z.string(),
  account_id: z.string().transform((id) => id as AccountId),
  feature_id: z.string(),
  key: z.string(),
  value: z.bigint(),
  used_at: timestamptz,
  recorded_at: timestamptz,
  corrects: nullable(z.string()),
});

/** A row of `usage_records` as the domain sees it. */
export const recordOf = (row: unknown): UsageRecord => {
  const r = Columns.parse(row);
  return {
    id: r.id,
    accountId: r.account_id,
    featureId: r.feature_id,
    key: r.key,
    value: r.value,
    usedAt: r.used_at,
    recordedAt: r.recorded_at,
    corrects: r.corrects,
  };
};

const Period = z.object({ period_start: nullable(timestamptz) });
const countedOf = (row: unknown): CountedRecord => ({
  ...recordOf(row),
  periodStart: Period.parse(row).period_start,
});

/** Records that are there already, on one transaction. */
export const knexRecords = (trx: Knex): Pick<Usage, 'get' | 'byKeys' | 'history'> => ({
  get: (account, id) =>
    query(() => trx('usage_records').where({ account_id: account, id }).first()).andThen((row) =>
      row === undefined ? errAsync<UsageRecord, NotFound>(NOT_FOUND) : okAsync(recordOf(row)),
    ),
  byKeys: (account, keys) =>
    query(() =>
      trx('usage_records')
        .where({ account_id: account })
        .whereIn('key', [...keys]),
    ).map((rows: unknown[]) => rows.map(recordOf)),
  history: (id) =>
    query(() =>
      trx.unionAll([trx('usage_records').where({ id }), trx('usage_records').where({ corrects: id })], true),
    ).map((rows: unknown[]) => inOrder(rows.map(countedOf))),
});
