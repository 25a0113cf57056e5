import type { Knex } from 'knex';
import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import * as z from 'zod';
import type { AccountId } from '../../../domain/shared/ids.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import type { QuotaExceeded, QuotaFeature, SharedTx } from '../../../ports/shared/shared-tx.js';
import { query } from '../kit/query.js';
import { int8, nullable } from '../kit/rows.js';

/** What an account may have of each feature unless its own row says otherwise. */
export type Quotas = Readonly<Record<QuotaFeature, number>>;

const Row = z.object({ limit_override: nullable(int8) }).optional();

const limitOf = (
  trx: Knex,
  account: AccountId,
  feature: QuotaFeature,
  normal: number,
): ResultAsync<number, Unavailable> =>
  query(() => trx('quota_usage').where({ account_id: account, feature }).first('limit_override')).map(
    (row) => Row.parse(row)?.limit_override ?? normal,
  );

/** Both are single statements, so that units which take from one account at once follow one another. */
export const knexQuota = (trx: Knex, quotas: Quotas): SharedTx['quota'] => ({
  take: (account, feature, n) => {
    const normal = quotas[feature];
    return query(() =>
      trx.raw<{ readonly rowCount: number }>(
        `insert into quota_usage as held (account_id, feature, used)
         select cast(:account as uuid), :feature, cast(:n as bigint)
         where cast(:n as bigint) <= coalesce((select limit_override from quota_usage
                 where account_id = :account and feature = :feature), :normal)
         on conflict (account_id, feature) do update set used = held.used + excluded.used
         where held.used + excluded.used <= coalesce(held.limit_override, :normal)`,
        { account, feature, n, normal },
      ),
    ).andThen(({ rowCount }) =>
      rowCount === 1
        ? okAsync(undefined)
        : limitOf(trx, account, feature, normal).andThen((limit) =>
            errAsync<void, QuotaExceeded>({ kind: 'quota_exceeded', feature, limit }),
          ),
    );
  },
  release: (account, feature, n) =>
    query(() =>
      trx.raw('update quota_usage set used = greatest(used - ?, 0) where account_id = ? and feature = ?', [
        n,
        account,
        feature,
      ]),
    ).map(() => undefined),
});
