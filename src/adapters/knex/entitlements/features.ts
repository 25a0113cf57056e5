import type { Knex } from 'knex';
import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import * as z from 'zod';
import type { Feature, FeatureKind } from '../../../domain/entitlements/feature.js';
import { iso } from '../../../domain/shared/time.js';
import type { FeatureNameTaken, Features } from '../../../ports/entitlements/unit-of-work.js';
import {
  NOT_FOUND,
  type NotFound,
  type StaleVersion,
  type Unavailable,
} from '../../../ports/shared/failure.js';
import { query, queryOr, UNIQUE_VIOLATION } from '../kit/query.js';
import { nullable, timestamptz } from '../kit/rows.js';

const Row = z.object({
  id: z.string(),
  version: z.number(),
  key: z.string(),
  name: z.string(),
  kind: z.enum(['boolean', 'metered', 'static'] satisfies readonly FeatureKind[]),
  unit: nullable(z.string()),
  highlight: z.boolean(),
  held: z.boolean(),
  created_at: timestamptz,
  updated_at: timestamptz,
});

export const FEATURE_COLUMNS = Object.keys(Row.shape);

/** A row of `features` as the domain sees it. */
export const featureOf = (row: unknown): Feature => {
  const { created_at: createdAt, updated_at: updatedAt, ...rest } = Row.parse(row);
  return { ...rest, createdAt, updatedAt };
};

const NAME_TAKEN: FeatureNameTaken = { kind: 'feature_name_taken' };

/** What of a feature may change. */
const changing = ({ name, kind, unit, highlight, updatedAt }: Feature) => ({
  name,
  kind,
  unit: unit ?? null,
  highlight,
  updated_at: iso(updatedAt),
});

/** One feature by a column that tells it from all others. */
export const featureBy = (
  db: Knex,
  by: { readonly id: string } | { readonly key: string },
): ResultAsync<Feature, NotFound | Unavailable> =>
  query(() => db('features').where(by).first()).andThen((row) =>
    row === undefined ? errAsync<Feature, NotFound>(NOT_FOUND) : okAsync(featureOf(row)),
  );

/** Somebody comes to have this feature: whoever changes what it is at the same moment begins again. */
export const cameToUse = (trx: Knex, id: string): ResultAsync<void, Unavailable> =>
  query(() => trx('features').where({ id }).increment('epoch')).map(() => undefined);

const IN_USE = `
  select exists (select 1 from plan_features where feature_id = :id)
      or exists (select 1 from entitlement_overrides where feature_id = :id)
      or exists (select 1 from usage_counters where feature_id = :id and window_kind = 'lifetime') as used`;

/** Features on one transaction. */
export const knexFeatures = (trx: Knex): Features => ({
  get: (id) => featureBy(trx, { id }),
  // Another one of this name that has come since this unit began is a serialization conflict: the unit runs again.
  add: (feature) =>
    query(() =>
      trx('features')
        .insert({
          ...changing(feature),
          id: feature.id,
          version: feature.version,
          key: feature.key,
          held: feature.held,
          created_at: iso(feature.createdAt),
        })
        .onConflict()
        .ignore()
        .returning('id'),
    ).andThen((added: readonly unknown[]) =>
      added.length === 0 ? errAsync<void, FeatureNameTaken>(NAME_TAKEN) : okAsync(undefined),
    ),
  save: (feature) =>
    queryOr(UNIQUE_VIOLATION, NAME_TAKEN, () =>
      trx('features')
        .where({ id: feature.id, version: feature.version })
        .update({ ...changing(feature), version: feature.version + 1 })
        .returning('*'),
    ).andThen(([row]) =>
      row === undefined
        ? errAsync<Feature, StaleVersion>({ kind: 'stale_version', id: feature.id })
        : okAsync(featureOf(row)),
    ),
  inUse: (id) =>
    query(() => trx.raw<{ readonly rows: readonly { readonly used: boolean }[] }>(IN_USE, { id })).map(
      ({ rows }) => rows.some(({ used }) => used),
    ),
});
