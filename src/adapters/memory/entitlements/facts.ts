import { okAsync, type ResultAsync, safeTry } from 'neverthrow';
import type { Customer } from '../../../domain/billing/customer.js';
import type { Plan } from '../../../domain/billing/plan.js';
import { PLATFORM } from '../../../domain/billing/seller.js';
import { isLive, type Subscription } from '../../../domain/billing/subscription.js';
import { WINDOWS, type WindowKind } from '../../../domain/entitlements/allowance.js';
import type { AccountFacts, Count, FeatureFacts } from '../../../domain/entitlements/facts.js';
import type { Feature } from '../../../domain/entitlements/feature.js';
import type { WorkspaceSetting, WorkspaceSubscription } from '../../../domain/entitlements/lifecycle.js';
import { lifecycleOf } from '../../../domain/entitlements/posture.js';
import { windowStartsOf } from '../../../domain/entitlements/windows.js';
import type { AccountId } from '../../../domain/shared/ids.js';
import type { Instant } from '../../../domain/shared/time.js';
import type { EntitlementReaders } from '../../../ports/entitlements/unit-of-work.js';
import { TABLES as BILLING, holderOf } from '../billing/rows.js';
import type { MemoryTx } from '../kit/store.js';
import { idOf, type QuotaRow, TABLES as SHARED } from '../shared/rows.js';
import { TABLES as STORAGE } from '../storage/rows.js';
import type { SizeRow } from '../storage/storage-ledger.js';
import {
  allFeatures,
  type CounterRow,
  type OverrideRow,
  type PlanFeatureRow,
  type ReservationRow,
  TABLES,
  windowsIn,
} from './rows.js';

/** The platform's plan that an account lives on, and its period. */
const liveOf = (tx: MemoryTx, account: AccountId) =>
  safeTry(async function* () {
    const customers = yield* tx.table<Customer>(BILLING.customers).all();
    const customer = customers.find((row) => row.payer === account && row.sellerId === PLATFORM);
    const subscriptions = yield* tx.table<Subscription>(BILLING.subscriptions).all();
    const live = subscriptions.find((row) => row.customerId === customer?.id && isLive(row));
    const plans = yield* tx.table<Plan>(BILLING.plans).all();
    const plan =
      live?.priceId === undefined ? undefined : holderOf(plans, PLATFORM, { id: live.priceId })?.plan;
    return okAsync({ plan: plan && { id: plan.id, name: plan.name }, period: live?.period });
  });

const sumOf = (sizes: readonly SizeRow[], of: 'bytes' | 'objects'): bigint =>
  BigInt(sizes.reduce((sum, size) => sum + Math.max(size[of], 0), 0));

/** What the account has now of a held feature. */
const heldBy = (tx: MemoryTx, account: AccountId) =>
  tx
    .table<SizeRow>(STORAGE.storageSizes)
    .all()
    .map((rows) => rows.filter(({ accountId }) => accountId === account))
    .map((sizes) => ({ key, held }: Feature): ResultAsync<bigint, never> => {
      if (!held) return okAsync(0n);
      if (key === 'storage_bytes') return okAsync(sumOf(sizes, 'bytes'));
      if (key === 'objects') return okAsync(sumOf(sizes, 'objects'));
      return tx
        .table<QuotaRow>(SHARED.quota)
        .get(idOf(account, key))
        .map((row) => BigInt(row?.used ?? 0));
    });

type Counts = FeatureFacts['counts'];
const NONE: Count = { used: 0n, reserved: 0n };

/** Kept counts, less what is set aside for nobody any more and was not given back yet. */
const countsBy = (tx: MemoryTx, account: AccountId, at: Instant, period: AccountFacts['period']) =>
  safeTry(async function* () {
    const now = windowsIn(windowStartsOf(at, { period, now: at }));
    const isNow = ([kind, start]: readonly [WindowKind, Instant]) =>
      now.some(([k, s]) => k === kind && s === start);
    const rows = yield* tx.table<CounterRow>(TABLES.counters).all();
    const own = rows.filter((row) => row.accountId === account && isNow([row.kind, row.start]));
    const reservations = yield* tx.table<ReservationRow>(TABLES.reservations).all();
    const over = reservations.filter(
      (row) => row.accountId === account && row.state === 'held' && at >= row.expiresAt,
    );
    const countOf = (featureId: string, kind: WindowKind): Count => {
      const { used, reserved } = own.find((row) => row.featureId === featureId && row.kind === kind) ?? NONE;
      const late = over
        .filter((row) => row.featureId === featureId)
        .filter(({ windows }) => windowsIn(windows).some((window) => window[0] === kind && isNow(window)))
        .reduce((sum, { amount }) => sum + amount, 0n);
      return { used, reserved: reserved - late };
    };
    return okAsync(
      ({ id }: Feature): Counts =>
        Object.fromEntries(WINDOWS.map((kind) => [kind, countOf(id, kind)])) as Counts,
    );
  });

/** What decisions are made from, as one unit sees it. */
export const factsIn = (
  tx: MemoryTx,
  account: AccountId,
  at: Instant,
  keys?: readonly string[],
): ResultAsync<AccountFacts, never> =>
  safeTry(async function* () {
    const { plan, period } = yield* liveOf(tx, account);
    const features = yield* allFeatures(tx);
    const planned = yield* tx.table<PlanFeatureRow>(TABLES.planFeatures).all();
    const held = yield* heldBy(tx, account);
    const countsOf = yield* countsBy(tx, account, at, period);
    const facts = new Map<string, FeatureFacts>();
    for (const feature of features) {
      if (keys !== undefined && !keys.includes(feature.key)) continue;
      const override = yield* tx.table<OverrideRow>(TABLES.overrides).get(idOf(account, feature.id));
      const isEnded = override?.endsAt !== undefined && at >= override.endsAt;
      facts.set(feature.key, {
        feature,
        planned: planned.find((row) => row.planId === plan?.id && row.featureId === feature.id)?.allowance,
        overridden: isEnded ? undefined : override?.allowance,
        held: yield* held(feature),
        counts: countsOf(feature),
      });
    }
    const subscription = yield* tx.table<WorkspaceSubscription>(TABLES.workspaceSubscriptions).get(account);
    const setting = yield* tx.table<WorkspaceSetting>(TABLES.workspaceSettings).get(account);
    const lifecycle = lifecycleOf(subscription, setting, at);
    return okAsync({ accountId: account, asOf: at, plan, period, lifecycle, features: facts });
  });

/** The same, as the port has it. */
export const memoryFacts =
  (tx: MemoryTx): EntitlementReaders['facts'] =>
  (account, at, keys) =>
    factsIn(tx, account, at, keys);
