import type { Knex } from 'knex';
import * as z from 'zod';
import type { Override } from '../../../domain/entitlements/allowance.js';
import { iso } from '../../../domain/shared/time.js';
import type { Overrides } from '../../../ports/entitlements/unit-of-work.js';
import { query } from '../kit/query.js';
import { nullable, timestamptz } from '../kit/rows.js';
import { ALLOWANCE_SHAPE, allowanceOf, allowanceRow } from './allowances.js';
import { cameToUse } from './features.js';

const Row = z.object({
  account_id: z.string(),
  feature_id: z.string(),
  version: z.number(),
  ...ALLOWANCE_SHAPE,
  reason: z.string(),
  ends_at: nullable(timestamptz),
  created_at: timestamptz,
});

const overrideOf = (row: unknown): Override => {
  const r = Row.parse(row);
  return {
    accountId: r.account_id,
    featureId: r.feature_id,
    version: r.version,
    allowance: allowanceOf(r),
    reason: r.reason,
    endsAt: r.ends_at,
    createdAt: r.created_at,
  };
};

/** What single accounts were granted, on one transaction. */
export const knexOverrides = (trx: Knex): Overrides => {
  const of = (account: string, featureId: string): Knex.QueryBuilder =>
    trx('entitlement_overrides').where({ account_id: account, feature_id: featureId });
  return {
    get: (account, featureId) =>
      query(() => of(account, featureId).first()).map((row) =>
        row === undefined ? undefined : overrideOf(row),
      ),
    put: (account, override) =>
      cameToUse(trx, override.featureId)
        .andThen(() =>
          query(() =>
            trx('entitlement_overrides')
              .insert({
                account_id: account,
                feature_id: override.featureId,
                version: override.version,
                ...allowanceRow(override.allowance),
                reason: override.reason,
                ends_at: override.endsAt === undefined ? null : iso(override.endsAt),
                created_at: iso(override.createdAt),
              })
              .onConflict(['account_id', 'feature_id'])
              .merge(),
          ),
        )
        .map(() => undefined),
    remove: (account, featureId) => query(() => of(account, featureId).delete()).map(() => undefined),
  };
};
