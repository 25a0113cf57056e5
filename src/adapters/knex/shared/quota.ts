import type { Knex } from 'knex';
import type { SharedTx } from '../../../ports/shared/shared-tx.js';
import { type Limited, limitedTake } from '../../kit/limited.js';
import { knexFacts } from '../entitlements/facts.js';
import { knexUsage } from '../entitlements/usage.js';
import { query } from '../kit/query.js';

// One statement, so that units which take from one account at once follow one another.
const COUNT = `
  insert into quota_usage as held (account_id, feature, used)
  select cast(:account as uuid), :feature, cast(:n as bigint)
   where cast(:ceiling as bigint) is null or cast(:n as bigint) <= cast(:ceiling as bigint)
  on conflict (account_id, feature) do update set used = held.used + excluded.used
   where cast(:ceiling as bigint) is null or held.used + excluded.used <= cast(:ceiling as bigint)
  returning used`;

const count =
  (trx: Knex): Limited['count'] =>
  ({ account, feature, amount }, ceiling) =>
    query(() =>
      trx
        .raw<{ readonly rows: readonly { readonly used: bigint }[] }>(COUNT, {
          account,
          feature,
          n: String(amount),
          ceiling: ceiling === undefined ? null : String(ceiling),
        })
        .options({ name: 'take from a quota' }),
    ).map(({ rows: [row] }) => row?.used);

/** What accounts hold, in PostgreSQL. */
export const knexQuota = (
  trx: Knex,
  deps: Pick<Limited, 'quotas' | 'ids' | 'events'>,
): SharedTx['quota'] => ({
  take: limitedTake({
    ...deps,
    facts: knexFacts(trx),
    crossed: knexUsage(trx).crossed,
    count: count(trx),
  }),
  release: (account, feature, n) =>
    query(() =>
      trx.raw('update quota_usage set used = greatest(used - ?, 0) where account_id = ? and feature = ?', [
        n,
        account,
        feature,
      ]),
    ).map(() => undefined),
});
