import { err, errAsync, ok, type ResultAsync } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../../src/domain/billing/plan.js';
import type { Feature } from '../../../src/domain/entitlements/feature.js';
import { HELD } from '../../../src/domain/entitlements/feature.js';
import { MINUTE, plus } from '../../../src/domain/shared/time.js';
import type { EntitlementsTx } from '../../../src/ports/entitlements/unit-of-work.js';
import { NOT_FOUND } from '../../../src/ports/shared/failure.js';
import { AT, newId } from '../../support/accounts.js';
import { aFeature, anAllowance, anOverride, aPlanFeature, aUse } from '../../support/entitlements.js';
import { meeting } from '../../support/meeting.js';
import { pagesOf } from '../../support/pages.js';
import { outcomes, value } from './accounts.rig.js';
import { type EntitlementsRig, entitling } from './entitlements.rig.js';

const NAME_TAKEN = err({ kind: 'feature_name_taken' });
const BUILT_IN = [
  ...HELD,
  'paid_instances',
  'tokens_issued',
  'credentials_generated',
  'agents_registered',
  'api_calls',
  'files',
  'file_size_mb',
  'ai_prompts',
  'ai_tokens',
  'synthetic_rows',
];

export const entitlementsCatalogueContract = (name: string, open: () => Promise<EntitlementsRig>) =>
  describe(`Features and who has them: ${name}`, () => {
    let rig: EntitlementsRig;
    let given: ReturnType<typeof entitling>;
    let plan: Plan;
    beforeAll(async () => {
      rig = await open();
      given = entitling(rig);
      plan = await given.plan();
    });
    const run = <T, E>(work: (tx: EntitlementsTx) => ResultAsync<T, E>) => rig.entitlements.run(work);
    const add = (feature: Feature) => run((tx) => tx.features.add(feature));
    const save = (feature: Feature) => run((tx) => tx.features.save(feature));
    const get = (id: string) => run((tx) => tx.features.get(id));
    const inUse = (id: string) => run((tx) => tx.features.inUse(id));

    it('has what the server counts by itself from the start, held features first', async () => {
      const { items } = await value(rig.entitled.features({ size: BUILT_IN.length }));
      expect(items.map(({ key }) => key)).toEqual(BUILT_IN);
      expect(items.map(({ held }) => held)).toEqual(BUILT_IN.map((_, at) => at < HELD.length));
      const kinds = new Map(items.map(({ key, kind }) => [key, kind]));
      for (const [key, kind] of kinds)
        expect(kind).toBe({ paid_instances: 'boolean', file_size_mb: 'static' }[key] ?? 'metered');
      expect(items.filter(({ unit }) => unit).map(({ key, unit }) => [key, unit])).toEqual([
        ['storage_bytes', 'bytes'],
        ['file_size_mb', 'MB'],
      ]);
      expect(items[8]).toEqual({
        id: '00000000-0000-7000-8000-000000000109',
        version: 1,
        key: 'objects',
        name: 'Objects',
        kind: 'metered',
        highlight: false,
        held: true,
        createdAt: Date.UTC(2026, 0, 1),
        updatedAt: Date.UTC(2026, 0, 1),
      });
    });

    it('keeps a feature as it was said, and finds it by id and by key', async () => {
      const feature = await given.feature({ kind: 'boolean', unit: 'seats', highlight: true });
      expect(await get(feature.id)).toEqual(ok(feature));
      for (const named of [feature.id, feature.key])
        expect(await rig.entitled.feature(named)).toEqual(ok(feature));
      expect(await value(rig.entitled.feature('api_calls'))).toMatchObject({ name: 'API calls' });
      for (const nothing of [get(newId()), rig.entitled.feature(newId()), rig.entitled.feature('nothing')])
        expect(await nothing).toEqual(err(NOT_FOUND));
    });

    it('has each name and each key once, built-in ones included', async () => {
      const feature = await given.feature();
      for (const taken of [
        { name: feature.name },
        { key: feature.key },
        { name: 'API calls' },
        { key: 'api_calls' },
      ])
        expect(await add(aFeature(taken))).toEqual(NAME_TAKEN);
      const other = await given.feature();
      for (const taken of [feature.name, 'API calls'])
        expect(await save({ ...other, name: taken })).toEqual(NAME_TAKEN);
      const renamed = await value(save({ ...feature, name: `${feature.name}, formerly` }));
      expect(renamed).toMatchObject({ version: 2, key: feature.key });
      expect(await save({ ...other, name: feature.name })).toMatchObject({ value: { version: 2 } });
    });

    it('changes what may change of the version it was, and never the key', async () => {
      const feature = await given.feature({ unit: 'seats' });
      const changes = {
        name: `New ${feature.id}`,
        kind: 'static',
        unit: undefined,
        highlight: true,
        updatedAt: plus(AT, MINUTE),
      } as const;
      const saved = { ...feature, ...changes, version: 2 };
      expect(await save({ ...feature, ...changes, key: 'another', held: true })).toEqual(ok(saved));
      expect(await get(feature.id)).toEqual(ok(saved));
      const stale = err({ kind: 'stale_version', id: feature.id });
      expect(await save({ ...feature, name: 'x' })).toEqual(stale);
      const objects = await value(rig.entitled.feature('objects'));
      const shown = await value(save({ ...objects, highlight: true }));
      expect(await rig.entitled.feature('objects')).toEqual(ok({ ...objects, highlight: true, version: 2 }));
      await value(save({ ...shown, highlight: false }));
    });

    it('pages features oldest first', async () => {
      const before = (await value(rig.entitled.features({ size: 1_000 }))).items;
      const made = [await given.feature(), await given.feature(), await given.feature()];
      const pages = await pagesOf((page) => rig.entitled.features(page), 4);
      expect(pages.flat()).toEqual([...before, ...made]);
      expect(pages.slice(0, -1).every((page) => page.length === 4)).toBe(true);
    });

    it('is in use once a plan, an account or a record has it', async () => {
      const account = await given.account();
      const having: readonly ((id: string) => Promise<unknown>)[] = [
        (id) => given.included(plan.id, id, anAllowance()),
        (id) => given.overridden(anOverride(account, id)),
        (id) => given.used(aUse(account, id)),
      ];
      for (const have of having) {
        const { id } = await given.feature();
        expect(await inUse(id)).toEqual(ok(false));
        await have(id);
        expect(await inUse(id)).toEqual(ok(true));
      }
    });

    it('lets nobody change a feature while somebody comes to have it', async () => {
      const account = await given.account();
      for (const have of [
        (tx: EntitlementsTx, id: string) => tx.planFeatures.add(aPlanFeature(plan.id, id)),
        (tx: EntitlementsTx, id: string) => tx.overrides.put(account, anOverride(account, id)),
      ]) {
        const feature = await given.feature();
        const met = meeting(2);
        const changing = run((tx) =>
          tx.features
            .inUse(feature.id)
            .andThen((used) =>
              met().andThen(() => (used ? errAsync({ kind: 'in_use' }) : tx.features.save(feature))),
            ),
        );
        const having = run((tx) =>
          tx.features
            .get(feature.id)
            .andThen(({ version }) =>
              met().andThen(() => (version > 1 ? errAsync({ kind: 'changed' }) : have(tx, feature.id))),
            ),
        );
        expect(['changed,ok', 'in_use,ok']).toContain((await outcomes([changing, having])).join());
      }
    });
  });
