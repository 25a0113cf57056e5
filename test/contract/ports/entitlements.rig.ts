import { expect } from 'vitest';
import { knexEntitlementReaders } from '../../../src/adapters/knex/entitlements/readers.js';
import { knexEntitlements } from '../../../src/adapters/knex/entitlements/unit-of-work.js';
import { knexStorageMeter } from '../../../src/adapters/knex/storage/meter.js';
import { memoryEntitlementReaders } from '../../../src/adapters/memory/entitlements/readers.js';
import { type CounterRow, TABLES } from '../../../src/adapters/memory/entitlements/rows.js';
import { memoryEntitlements } from '../../../src/adapters/memory/entitlements/unit-of-work.js';
import { memoryStore } from '../../../src/adapters/memory/kit/store.js';
import { idOf } from '../../../src/adapters/memory/shared/rows.js';
import { memoryStorageMeter } from '../../../src/adapters/memory/storage/meter.js';
import type { Plan } from '../../../src/domain/billing/plan.js';
import type { Subscription } from '../../../src/domain/billing/subscription.js';
import type {
  Allowance,
  Override,
  PlanFeature,
  WindowKind,
} from '../../../src/domain/entitlements/allowance.js';
import type { Feature } from '../../../src/domain/entitlements/feature.js';
import type { WorkspaceSetting, WorkspaceSubscription } from '../../../src/domain/entitlements/lifecycle.js';
import type { UsageRecord } from '../../../src/domain/entitlements/usage.js';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import { type Instant, instant, iso } from '../../../src/domain/shared/time.js';
import type {
  EntitlementReaders,
  EntitlementsUnitOfWork,
} from '../../../src/ports/entitlements/unit-of-work.js';
import type { StorageMeter } from '../../../src/ports/storage/meter.js';
import { AT } from '../../support/accounts.js';
import { aCustomer, aPlan, aSubscription } from '../../support/billing.js';
import { aFeature, aPlanFeature, windowsAt } from '../../support/entitlements.js';
import type { TestDatabase } from '../../support/postgres.js';
import {
  type AccountsRig,
  knexAccountsRigs,
  memoryAccountsRig,
  settling,
  shared,
  value,
} from './accounts.rig.js';

/** A row of the counters: its window, what was used in it and what is set aside, as text. */
export type Counter = `${WindowKind} ${string}: ${bigint} + ${bigint}`;
const counter = (kind: WindowKind, start: Instant, used: bigint, reserved: bigint): Counter =>
  `${kind} ${iso(start)}: ${used} + ${reserved}`;

/** The ports over entitlements on one technology, beside those over what they are decided from. */
export type EntitlementsRig = AccountsRig & {
  readonly entitlements: EntitlementsUnitOfWork;
  readonly facts: EntitlementReaders['facts'];
  readonly entitled: EntitlementReaders;
  readonly meter: StorageMeter;
  /** So many of a held feature. */
  readonly hold: (account: AccountId, key: string, used: number) => Promise<void>;
  readonly assert: (account: AccountId, subscription: WorkspaceSubscription) => Promise<void>;
  readonly set: (account: AccountId, setting: WorkspaceSetting) => Promise<void>;
  /** What is kept of a feature, window by window. */
  readonly counters: (account: AccountId, featureId: string) => Promise<readonly Counter[]>;
};

export const memoryEntitlementsRig = async (): Promise<EntitlementsRig> => {
  const store = memoryStore();
  const put = async (table: string, id: string, row: unknown): Promise<void> => {
    await value(store.run((tx) => tx.table(table).put(id, row)));
  };
  const entitled = memoryEntitlementReaders(store);
  return {
    ...(await memoryAccountsRig(store)),
    entitlements: memoryEntitlements(store, shared),
    entitled,
    facts: entitled.facts,
    meter: memoryStorageMeter(store),
    hold: (account, key, used) => put('quota_usage', idOf(account, key), { used }),
    assert: (account, subscription) => put('workspace_subscriptions', account, subscription),
    set: (account, setting) => put('workspace_settings', account, setting),
    counters: async (account, featureId) =>
      (await value(store.read<CounterRow>(TABLES.counters).all()))
        .filter((row) => row.accountId === account && row.featureId === featureId)
        .map(({ kind, start, used, reserved }) => counter(kind, start, used, reserved))
        .sort(),
  };
};

/** Opens rigs on databases of their own, and closes them all. */
export const knexEntitlementsRigs = () => {
  const rigs = knexAccountsRigs();
  return {
    open: async (): Promise<EntitlementsRig & TestDatabase> => {
      const rig = await rigs.open();
      const { db } = rig;
      const entitled = knexEntitlementReaders(db);
      return {
        ...rig,
        entitlements: knexEntitlements(db, shared),
        entitled,
        facts: entitled.facts,
        meter: knexStorageMeter(db),
        hold: async (account, key, used) => {
          await db('quota_usage').insert({ account_id: account, feature: key, used });
        },
        assert: async (account, s) => {
          await db('workspace_subscriptions').insert({
            account_id: account,
            version: s.version,
            state: s.state,
            billing_reference: s.billingReference ?? null,
            status_reason: s.statusReason,
            trial_ends_at: s.trialEndsAt === undefined ? null : iso(s.trialEndsAt),
            period_starts_at: s.periodStartsAt === undefined ? null : iso(s.periodStartsAt),
            period_ends_at: s.periodEndsAt === undefined ? null : iso(s.periodEndsAt),
            since: iso(s.since),
            changed_at: iso(s.changedAt),
            changed_by: s.changedBy,
          });
        },
        set: async (account, { state, reason, changedAt, changedBy }) => {
          await db('workspace_settings').insert({
            account_id: account,
            state,
            reason,
            changed_at: iso(changedAt),
            changed_by: changedBy,
          });
        },
        counters: async (account, featureId) =>
          (await db('usage_counters').where({ account_id: account, feature_id: featureId }))
            .map((row) =>
              counter(
                row.window_kind,
                instant(row.window_start.getTime()),
                BigInt(row.used),
                BigInt(row.reserved),
              ),
            )
            .sort(),
      };
    },
    close: rigs.close,
  };
};

/** Puts accounts, features, plans and subscriptions there, each in a unit of its own. */
export const entitling = (rig: EntitlementsRig) => {
  const account = async (): Promise<AccountId> => (await settling(rig).owner()).account.id;
  const plan = (over: Partial<Plan> = {}): Promise<Plan> =>
    value(rig.billing.run((tx) => tx.plans.add(aPlan(over))));
  return {
    account,
    plan,
    feature: async (over: Partial<Feature> = {}): Promise<Feature> => {
      const feature = aFeature(over);
      await value(rig.entitlements.run((tx) => tx.features.add(feature)));
      return feature;
    },
    included: async (planId: string, featureId: string, allowance: Allowance): Promise<PlanFeature> => {
      const planFeature = aPlanFeature(planId, featureId, { allowance });
      await value(rig.entitlements.run((tx) => tx.planFeatures.add(planFeature)));
      return planFeature;
    },
    overridden: async (override: Override): Promise<Override> => {
      const account = override.accountId as AccountId;
      await value(rig.entitlements.run((tx) => tx.overrides.put(account, override)));
      return override;
    },
    /** The account lives on the plan. */
    subscribed: async (payer: AccountId, to: Plan | undefined, over: Partial<Subscription> = {}) =>
      value(
        rig.billing.run((tx) =>
          tx.customers
            .ensure(aCustomer(payer))
            .andThen((customer) =>
              tx.subscriptions.add(aSubscription(customer, { priceId: to?.prices[0]?.id, ...over })),
            ),
        ),
      ),
    used: (...records: readonly UsageRecord[]) =>
      value(
        rig.entitlements.run((tx) =>
          tx.usage.record(records.map((record) => ({ record, windows: windowsAt(record.usedAt) }))),
        ),
      ),
  };
};

/** What is known of a feature in an account: the same, however it is asked for. */
export const asking =
  (rig: EntitlementsRig) =>
  async (account: AccountId, { key }: Pick<Feature, 'key'>, at: Instant = AT) => {
    const { features, ...about } = await value(rig.facts(account, at, [key]));
    const all = await value(rig.facts(account, at));
    const within = await value(rig.entitlements.run((tx) => tx.facts(account, at)));
    for (const same of [all, within]) {
      expect({ ...same, features: undefined }).toEqual({ ...about, features: undefined });
      expect(same.features.get(key)).toEqual(features.get(key));
    }
    expect([...features.keys()]).toEqual([key]);
    return { ...about, ...features.get(key) };
  };
