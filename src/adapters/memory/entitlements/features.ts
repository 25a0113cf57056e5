import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { Feature } from '../../../domain/entitlements/feature.js';
import type { FeatureNameTaken, Features } from '../../../ports/entitlements/unit-of-work.js';
import { NOT_FOUND, type NotFound, type StaleVersion } from '../../../ports/shared/failure.js';
import type { MemoryTx } from '../kit/store.js';
import { allFeatures, type CounterRow, type OverrideRow, type PlanFeatureRow, TABLES } from './rows.js';

/** Raised by whoever comes to have a feature, and by whoever changes it: of two at once one begins again. */
const EPOCHS = 'feature epochs';

export const cameToUse = (tx: MemoryTx, id: string): ResultAsync<void, never> => {
  const epochs = tx.table<number>(EPOCHS);
  return epochs.get(id).andThen((epoch = 0) => epochs.put(id, epoch + 1));
};

/** Features on one unit. */
export const memoryFeatures = (tx: MemoryTx): Features => {
  const rows = tx.table<Feature>(TABLES.features);
  const find = (id: string) => allFeatures(tx).map((all) => all.find((feature) => feature.id === id));
  /** Nobody else has the name or the key, nor takes it at this moment. */
  const claim = ({ id, name, key }: Feature): ResultAsync<void, FeatureNameTaken> =>
    allFeatures(tx)
      .map((all) => all.every((other) => other.id === id || (other.name !== name && other.key !== key)))
      .andThen((free) => (free ? tx.claimUnique('features.name', name, id) : okAsync(false)))
      .andThen((free) => (free ? tx.claimUnique('features.key', key, id) : okAsync(false)))
      .andThen((free) =>
        free ? okAsync(undefined) : errAsync<void, FeatureNameTaken>({ kind: 'feature_name_taken' }),
      );
  return {
    get: (id) =>
      find(id).andThen((feature) =>
        feature === undefined ? errAsync<Feature, NotFound>(NOT_FOUND) : okAsync(feature),
      ),
    add: (feature) => claim(feature).andThen(() => rows.put(feature.id, feature)),
    save: (feature) =>
      find(feature.id).andThen((before) => {
        if (before?.version !== feature.version)
          return errAsync<Feature, StaleVersion>({ kind: 'stale_version', id: feature.id });
        const { key, held, createdAt } = before;
        const saved = { ...feature, key, held, createdAt, version: feature.version + 1 };
        return tx
          .releaseUnique('features.name', before.name)
          .andThen(() => claim(saved))
          .andThen(() => cameToUse(tx, saved.id))
          .andThen(() => rows.put(saved.id, saved))
          .map(() => saved);
      }),
    inUse: (id) => {
      const has = (table: string) =>
        tx
          .table<Pick<PlanFeatureRow | OverrideRow | CounterRow, 'featureId'>>(table)
          .all()
          .map((all) => all.some(({ featureId }) => featureId === id));
      return has(TABLES.planFeatures).andThen((planned) =>
        planned
          ? okAsync(true)
          : has(TABLES.overrides).andThen((overridden) =>
              overridden ? okAsync(true) : has(TABLES.counters),
            ),
      );
    },
  };
};
