import { err, ok, safeTry } from 'neverthrow';
import { isBuiltIn } from '../../domain/entitlements/built-in.js';
import type { Feature, FeatureKind } from '../../domain/entitlements/feature.js';
import { featureKey } from '../../domain/entitlements/feature-key.js';
import { kindAfter, kindOf } from '../../domain/entitlements/kind.js';
import type { EntitlementsTx } from '../../ports/entitlements/unit-of-work.js';
import type { Once } from '../../ports/shared/idempotency.js';
import { impossible } from '../shared/impossible.js';
import { claim } from '../shared/once.js';
import { type Actor, byAdmin } from './actor.js';
import type { EntitlementsDeps } from './deps.js';
import { FEATURE_IN_USE } from './failures.js';
import { toldFeature } from './told.js';

export type NewFeature = {
  readonly name: string;
  readonly isBinary: boolean;
  readonly isUsage: boolean;
  readonly unit?: string | undefined;
  readonly highlight: boolean;
};
/** What is given changes; an empty unit takes it away. */
export type FeatureChanges = { readonly [Field in keyof NewFeature]?: NewFeature[Field] | undefined };

type Deps = Pick<EntitlementsDeps, 'ids' | 'entitlements' | 'settings'>;

const told = (tx: EntitlementsTx, { settings }: Deps, feature: Feature, type: string) =>
  tx.events.append({
    stream: feature.id,
    seq: feature.version,
    type,
    accountId: settings.platform,
    data: toldFeature(feature),
    at: feature.updatedAt,
  });

const unitOf = (given: string | undefined): string | undefined => (given === '' ? undefined : given);

const made = (id: string, wanted: NewFeature, kind: FeatureKind, { at }: Actor): Feature => ({
  id,
  version: 1,
  key: featureKey(wanted.name, id),
  name: wanted.name,
  kind,
  unit: unitOf(wanted.unit),
  highlight: wanted.highlight,
  held: false,
  createdAt: at,
  updatedAt: at,
});

/** A feature of a kind that anybody may make: had or not, or counted by records. */
export const createFeature = (deps: Deps) => (wanted: NewFeature, actor: Actor, once?: Once) =>
  kindOf(wanted).asyncAndThen((kind) => {
    const feature = made(deps.ids.next(), wanted, kind, actor);
    return deps.entitlements.run((tx) =>
      safeTry(async function* () {
        const before = yield* claim(tx, once, { ids: { feature: feature.id } });
        if (before) return tx.features.get(before.ids['feature'] ?? '').mapErr(impossible('not_found'));
        yield* tx.features.add(feature);
        yield* told(tx, deps, feature, 'feature.created');
        yield* tx.audit.record(
          byAdmin(actor, {
            accountId: deps.settings.platform,
            action: 'feature.create',
            target: feature.id,
            data: { after: toldFeature(feature) },
          }),
        );
        return ok(feature);
      }),
    );
  });

const changed = (feature: Feature, changes: FeatureChanges, kind: FeatureKind, { at }: Actor): Feature => ({
  ...feature,
  name: changes.name ?? feature.name,
  kind,
  unit: changes.unit === undefined ? feature.unit : unitOf(changes.unit),
  highlight: changes.highlight ?? feature.highlight,
  updatedAt: at,
});

/** Its key stays, whatever it is called. What it is changes only as long as nobody has it. */
export const updateFeature = (deps: Deps) => (id: string, changes: FeatureChanges, actor: Actor) =>
  deps.entitlements.run((tx) =>
    safeTry(async function* () {
      const before = yield* tx.features.get(id);
      const kind = yield* kindAfter(before, changes);
      const changesKind = kind !== before.kind;
      if (changesKind && (isBuiltIn(before) || (yield* tx.features.inUse(id)))) return err(FEATURE_IN_USE);
      const saved = yield* tx.features.save(changed(before, changes, kind, actor));
      yield* told(tx, deps, saved, 'feature.updated');
      yield* tx.audit.record(
        byAdmin(actor, {
          accountId: deps.settings.platform,
          action: 'feature.update',
          target: id,
          data: { before: toldFeature(before), after: toldFeature(saved) },
        }),
      );
      return ok(saved);
    }),
  );
