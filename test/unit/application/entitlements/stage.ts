import type { ResultAsync } from 'neverthrow';
import { TABLES as ACCOUNTS } from '../../../../src/adapters/memory/accounts/rows.js';
import { memoryBilling } from '../../../../src/adapters/memory/billing/unit-of-work.js';
import { memoryEntitlementReaders } from '../../../../src/adapters/memory/entitlements/readers.js';
import { memoryEntitlements } from '../../../../src/adapters/memory/entitlements/unit-of-work.js';
import { memoryStore } from '../../../../src/adapters/memory/kit/store.js';
import { countingIds } from '../../../../src/adapters/memory/shared/counting-ids.js';
import { fixedClock } from '../../../../src/adapters/memory/shared/fixed-clock.js';
import { TABLES as SHARED } from '../../../../src/adapters/memory/shared/rows.js';
import type { SharedDeps } from '../../../../src/adapters/memory/shared/shared-tx.js';
import type { Insider } from '../../../../src/application/entitlements/actor.js';
import { entitlements } from '../../../../src/application/entitlements/index.js';
import type { Period } from '../../../../src/domain/billing/period.js';
import { PLATFORM } from '../../../../src/domain/billing/seller.js';
import type { Allowance } from '../../../../src/domain/entitlements/allowance.js';
import type { AccountId, UserId } from '../../../../src/domain/shared/ids.js';
import { instant } from '../../../../src/domain/shared/time.js';
import type { AuditEntry } from '../../../../src/ports/shared/audit.js';
import type { DomainEvent } from '../../../../src/ports/shared/events.js';
import type { Once } from '../../../../src/ports/shared/idempotency.js';
import { anAccount, DATA_KEY, newUserId } from '../../../support/accounts.js';
import { aPlanOf, override, subscribe } from '../../../support/entitled.js';

export const NOW = instant(Date.UTC(2026, 0, 31, 12));
export const BUCKETS: Allowance = { limit: 3n, window: 'lifetime', soft: false, warnPercent: 80 };

export const value = async <T, E>(result: ResultAsync<T, E>): Promise<T> => (await result)._unsafeUnwrap();
export const failure = async <T, E>(result: ResultAsync<T, E>): Promise<E> =>
  (await result)._unsafeUnwrapErr();

const VISIT = { at: NOW, address: '203.0.113.77', requestId: 'a-request' };
const session = { kind: 'session', id: '00000000-0000-7000-8000-0000000000ae' } as const;

/** Somebody of the account, and somebody of the platform. */
export const insider = (accountId: AccountId): Insider => ({
  ...VISIT,
  accountId,
  userId: '00000000-0000-7000-8000-0000000000aa' as UserId,
  via: session,
  platformAdmin: false,
});
export const ADMIN = {
  ...VISIT,
  userId: '00000000-0000-7000-8000-0000000000ad' as UserId,
  via: session,
  platformAdmin: true,
};
export const SYSTEM = { ...VISIT, actor: { kind: 'system' } as const };

let keys = 0;
/** A client's Idempotency-Key that came before nowhere. */
export const once = (): Once => {
  keys += 1;
  return { scope: 'a client', key: `once ${keys}`, fingerprint: 'a body', at: NOW };
};

/** All of entitlements in memory. `yieldTo` decides who goes on where several are at work. */
export const stage = (options: { readonly yieldTo?: () => Promise<void> } = {}) => {
  const store = memoryStore(options);
  const clock = fixedClock(NOW);
  const ids = countingIds();
  const fallbacks = new Map([['buckets', BUCKETS]]);
  const shared: SharedDeps = { ids, quotas: {} };
  const units = { billing: memoryBilling(store, shared), entitlements: memoryEntitlements(store, shared) };
  const readers = memoryEntitlementReaders(store);
  const rows = <Row>(table: string): Promise<readonly Row[]> => value(store.read<Row>(table).all());
  const app = entitlements({
    clock,
    ids,
    entitlements: units.entitlements,
    readers,
    recentFacts: (account, at) => readers.facts(account, at),
    settings: { fallbacks, platform: PLATFORM as string as AccountId },
  });
  const account = async (): Promise<AccountId> => {
    const made = { ...anAccount(newUserId()), dataKey: DATA_KEY };
    await value(store.run((tx) => tx.table(ACCOUNTS.accounts).put(made.id, made)));
    return made.id;
  };
  const countOf = async (accountId: AccountId, feature: string) => {
    const facts = (await value(readers.facts(accountId, clock.now(), [feature]))).features.get(feature);
    if (!facts) throw new Error(`no feature ${feature}`);
    return facts.counts;
  };
  return {
    app,
    clock,
    ids,
    store,
    units,
    readers,
    account,
    countOf,
    /** What is said of a feature in one account. */
    grant: (accountId: AccountId, feature: string, allowance: Allowance) =>
      override(units, accountId, feature, allowance),
    /** An account that lives on a plan that says this. */
    onPlan: async (said: Readonly<Record<string, Allowance>>): Promise<AccountId> => {
      const accountId = await account();
      await subscribe(units, accountId, await aPlanOf(units, said));
      return accountId;
    },
    /** The account's billing period from now on; its plan is another one that says nothing. */
    inPeriod: async (accountId: AccountId, period: Period): Promise<void> => {
      await subscribe(units, accountId, await aPlanOf(units, {}), { period });
    },
    audit: () => rows<AuditEntry>(SHARED.audit),
    events: () => rows<DomainEvent>(SHARED.events),
    rows,
  };
};
export type Stage = ReturnType<typeof stage>;
