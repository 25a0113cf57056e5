import type { Knex } from 'knex';
import type { ResultAsync } from 'neverthrow';
import * as z from 'zod';
import { PLATFORM } from '../../../domain/billing/seller.js';
import { iso } from '../../../domain/shared/time.js';
import type { Use, Uses } from '../../../ports/accounts/uses.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import type { Ids } from '../../../ports/shared/ids.js';
import type { SharedTx } from '../../../ports/shared/shared-tx.js';
import { type Terms, usesOn } from '../../kit/uses.js';
import { knexFacts } from '../entitlements/facts.js';
import { knexUsage } from '../entitlements/usage.js';
import { query } from '../kit/query.js';
import { nullable, timestamptz } from '../kit/rows.js';

// For all in one statement, each part of it a look-up in an index: who counts for a thousand accounts at once has to
// be done before the next second is.
const TERMS = `
  select f.id as feature_id, l.period_start, l.period_end,
         (pf.usage_limit is not null or o.usage_limit is not null) as limited
    from unnest(:accounts::uuid[], :features::text[], :moments::timestamptz[])
         with ordinality as u (account_id, feature, at, n)
    join features f on f.key = u.feature
    left join lateral (
      select s.period_start, s.period_end, x.plan_id
        from customers c
        join subscriptions s on s.seller_id = c.seller_id and s.customer_id = c.id
         and s.status not in ('ended', 'pending')
        left join plan_prices x on x.seller_id = s.seller_id and x.id = s.price_id
       where c.payer_account_id = u.account_id and c.seller_id = '${PLATFORM}' offset 0
    ) l on true
    left join plan_features pf on pf.seller_id = '${PLATFORM}' and pf.plan_id = l.plan_id and pf.feature_id = f.id
    left join entitlement_overrides o on o.account_id = u.account_id and o.feature_id = f.id
     and (o.ends_at is null or o.ends_at > u.at)
   order by u.n`;

const Row = z.object({
  feature_id: z.string(),
  period_start: nullable(timestamptz),
  period_end: nullable(timestamptz),
  limited: z.boolean(),
});

const termsOf = (row: unknown): Terms => {
  const { feature_id: featureId, period_start: start, period_end: end, limited } = Row.parse(row);
  const period = start === undefined || end === undefined ? undefined : { start, end };
  return { featureId, period, limited };
};

const terms =
  (trx: Knex) =>
  (uses: readonly Use[]): ResultAsync<readonly Terms[], Unavailable> =>
    query(() =>
      trx
        .raw<{ readonly rows: readonly unknown[] }>(TERMS, {
          accounts: uses.map(({ accountId }) => accountId),
          features: uses.map(({ feature }) => feature),
          moments: uses.map(({ at }) => iso(at)),
        })
        .options({ name: 'terms of uses' }),
    ).map(({ rows }) => rows.map(termsOf));

/** What accounts count, on one transaction. */
export const knexUses = (trx: Knex, { events }: Pick<SharedTx, 'events'>, ids: Ids): Uses =>
  usesOn({ terms: terms(trx), facts: knexFacts(trx), usage: knexUsage(trx), events, ids });
