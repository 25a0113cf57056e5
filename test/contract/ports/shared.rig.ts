import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import { uuidv7 } from 'uuidv7';
import { knexBilling } from '../../../src/adapters/knex/billing/unit-of-work.js';
import { knexEntitlements } from '../../../src/adapters/knex/entitlements/unit-of-work.js';
import { query, queryOr, UNIQUE_VIOLATION } from '../../../src/adapters/knex/kit/query.js';
import { knexUnitOfWork } from '../../../src/adapters/knex/kit/unit-of-work.js';
import { versionedTable } from '../../../src/adapters/knex/kit/versioned-table.js';
import { knexAccountKeys } from '../../../src/adapters/knex/shared/account-keys.js';
import { knexJobs } from '../../../src/adapters/knex/shared/jobs.js';
import { knexSharedTx } from '../../../src/adapters/knex/shared/shared-tx.js';
import { memoryBilling } from '../../../src/adapters/memory/billing/unit-of-work.js';
import { TABLES as ENTITLEMENTS } from '../../../src/adapters/memory/entitlements/rows.js';
import { memoryEntitlements } from '../../../src/adapters/memory/entitlements/unit-of-work.js';
import { type MemoryStore, memoryStore } from '../../../src/adapters/memory/kit/store.js';
import { memoryUnitOfWork } from '../../../src/adapters/memory/kit/unit-of-work.js';
import { versionedTable as memoryVersionedTable } from '../../../src/adapters/memory/kit/versioned-table.js';
import { memoryAccountKeys } from '../../../src/adapters/memory/shared/account-keys.js';
import { memoryJobs } from '../../../src/adapters/memory/shared/jobs.js';
import { idOf, TABLES } from '../../../src/adapters/memory/shared/rows.js';
import { memorySharedTx } from '../../../src/adapters/memory/shared/shared-tx.js';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import { instant, iso } from '../../../src/domain/shared/time.js';
import type { BillingUnitOfWork } from '../../../src/ports/billing/unit-of-work.js';
import type { EntitlementsUnitOfWork } from '../../../src/ports/entitlements/unit-of-work.js';
import type { AccountKeys } from '../../../src/ports/shared/account-keys.js';
import type { DomainEvent } from '../../../src/ports/shared/events.js';
import type { StaleVersion, Unavailable } from '../../../src/ports/shared/failure.js';
import type { Jobs } from '../../../src/ports/shared/jobs.js';
import type { DataKey } from '../../../src/ports/shared/sealer.js';
import type { QuotaFeature, SharedTx } from '../../../src/ports/shared/shared-tx.js';
import type { UnitOfWork } from '../../../src/ports/shared/unit-of-work.js';
import { allowed, override } from '../../support/entitled.js';
import { freshDatabase, type TestDatabase } from '../../support/postgres.js';

/** The smallest aggregate that meets every rule of a unit of work: versioned, in an account, with a unique name. */
export type Thing = {
  readonly id: string;
  readonly version: number;
  readonly accountId: AccountId;
  readonly name: string;
};
export type Things = {
  readonly find: (id: string) => ResultAsync<Thing | undefined, Unavailable>;
  readonly add: (thing: Thing) => ResultAsync<void, { readonly kind: 'name_taken' } | Unavailable>;
  readonly save: (thing: Thing) => ResultAsync<Thing, StaleVersion | Unavailable>;
  readonly of: (account: AccountId) => ResultAsync<readonly Thing[], Unavailable>;
  readonly deleteAccount: (id: AccountId) => ResultAsync<void, Unavailable>;
};
export type ThingsTx = SharedTx & { readonly things: Things };

/** The shared kit on one technology, with what a test needs to arrange and to look behind it. */
export type SharedRig = {
  readonly jobs: Jobs;
  readonly accountKeys: AccountKeys;
  readonly units: UnitOfWork<ThingsTx>;
  readonly newAccount: () => Promise<AccountId>;
  readonly erase: (account: AccountId) => Promise<void>;
  readonly events: (stream: string) => Promise<readonly DomainEvent[]>;
  readonly auditedActions: (account: AccountId) => Promise<readonly string[]>;
  readonly used: (account: AccountId, feature: QuotaFeature) => Promise<number>;
  readonly limit: (account: AccountId, feature: QuotaFeature, limit: number) => Promise<void>;
  readonly billing: BillingUnitOfWork;
  readonly entitlements: EntitlementsUnitOfWork;
  /** Events of an account, of whatever stream. */
  readonly eventsOf: (account: AccountId) => Promise<readonly Pick<DomainEvent, 'type' | 'data'>[]>;
  /** An operator has suspended it. */
  readonly suspend: (account: AccountId) => Promise<void>;
};

export const QUOTAS = { buckets: 5, connections: 5, members: 3, file_systems: 5, gateways: 5 };
const SUSPENSION = { state: 'suspended_read_only', reason: 'for a test' } as const;
export const DATA_KEY = 'the account key' as DataKey;
export const AT = instant(Date.UTC(2026, 0, 31, 12));
const ids = { next: uuidv7 };
const deps = { ids, quotas: QUOTAS };
export const newId = (): string => uuidv7();
export const newAccountId = (): AccountId => uuidv7() as AccountId;
export const thing = (accountId: AccountId, name: string): Thing => ({
  id: newId(),
  version: 1,
  accountId,
  name,
});

const NAME_TAKEN = { kind: 'name_taken' } as const;

export const memorySharedRig = (store: MemoryStore = memoryStore()): SharedRig => {
  const put = async (table: string, id: string, row: unknown): Promise<void> => {
    (await store.run((tx) => tx.table(table).put(id, row)))._unsafeUnwrap();
  };
  const all = async <Row>(table: string): Promise<readonly Row[]> =>
    (await store.read<Row>(table).all())._unsafeUnwrap();
  const entitlements = memoryEntitlements(store, deps);
  return {
    jobs: memoryJobs(store),
    accountKeys: memoryAccountKeys(store),
    units: memoryUnitOfWork(store, (tx) => {
      const things = memoryVersionedTable<Thing>(tx, 'things');
      return {
        ...memorySharedTx(tx, deps),
        things: {
          find: things.find,
          add: (t) =>
            tx
              .claimUnique('things.name', t.name, t.id)
              .andThen((free) => (free ? things.insert(t) : errAsync(NAME_TAKEN))),
          save: things.update,
          of: (account) =>
            tx
              .table<Thing>('things')
              .all()
              .map((rows) => rows.filter((row) => row.accountId === account)),
          deleteAccount: (id) =>
            tx.table<object>(TABLES.accounts).put(id, { id, dataKey: DATA_KEY, deletedAt: AT }),
        },
      };
    }),
    newAccount: async () => {
      const id = newAccountId();
      await put(TABLES.accounts, id, { id, dataKey: DATA_KEY });
      return id;
    },
    erase: (account) => put(TABLES.accounts, account, { id: account }),
    events: async (stream) =>
      (await all<DomainEvent>(TABLES.events)).filter((event) => event.stream === stream),
    auditedActions: async (account) =>
      (await all<{ accountId: string; action: string }>(TABLES.audit))
        .filter((entry) => entry.accountId === account)
        .map((entry) => entry.action),
    used: async (account, feature) =>
      (await store.read<{ used: number }>(TABLES.quota).get(idOf(account, feature)))._unsafeUnwrap()?.used ??
      0,
    limit: (account, feature, limit) => override({ entitlements }, account, feature, allowed(limit)),
    billing: memoryBilling(store, deps),
    entitlements,
    eventsOf: async (account) =>
      (await all<DomainEvent>(TABLES.events))
        .filter(({ accountId }) => accountId === account)
        .map(({ type, data }) => ({ type, data })),
    suspend: (account) =>
      put(ENTITLEMENTS.workspaceSettings, account, { ...SUSPENSION, changedAt: AT, changedBy: 'test' }),
  };
};

// No foreign key: its own lock on the account would hide a missing one of the kit.
const THINGS = `create table things (
  id uuid primary key, version integer not null, account_id uuid not null, name text not null unique
)`;

const toRow = (t: Thing) => ({ id: t.id, version: t.version, account_id: t.accountId, name: t.name });
const fromRow = (row: unknown): Thing => {
  const { id, version, account_id, name } = row as ReturnType<typeof toRow>;
  return { id, version, accountId: account_id, name };
};

/** A live account of a user of its own, as migration 0001 lays them down. */
export const insertAccount = async ({ db }: Pick<TestDatabase, 'db'>): Promise<AccountId> => {
  const id = newAccountId();
  const userId = newId();
  const times = { created_at: iso(AT), updated_at: iso(AT) };
  await db('users').insert({
    id: userId,
    version: 1,
    email: `${userId}@example.com`,
    password_hash: '-',
    ...times,
  });
  await db('accounts').insert({
    id,
    version: 1,
    kind: 'platform',
    name: 'Account',
    creator_id: userId,
    data_key: DATA_KEY,
    ...times,
  });
  return id;
};

export const knexSharedRig = async (poolSize = 10): Promise<SharedRig & TestDatabase> => {
  const database = await freshDatabase(poolSize);
  const { db } = database;
  await db.raw(THINGS);
  const entitlements = knexEntitlements(db, deps);
  return {
    ...database,
    jobs: knexJobs(db),
    accountKeys: knexAccountKeys(db),
    units: knexUnitOfWork(db, (trx) => {
      const things = versionedTable<Thing>(trx, { table: 'things', toRow, fromRow });
      return {
        ...knexSharedTx(trx, deps),
        things: {
          find: things.find,
          add: (t) =>
            queryOr(UNIQUE_VIOLATION, NAME_TAKEN, () => trx('things').insert(toRow(t))).map(() => undefined),
          save: things.update,
          of: (account) =>
            query(() => trx('things').where({ account_id: account })).map((rows: unknown[]) =>
              rows.map(fromRow),
            ),
          deleteAccount: (id) =>
            query(() =>
              trx('accounts')
                .where({ id })
                .update({ deleted_at: iso(AT) }),
            ).andThen(() => okAsync(undefined)),
        },
      };
    }),
    newAccount: () => insertAccount(database),
    erase: async (id) => {
      await db('accounts').where({ id }).update({ data_key: null });
    },
    events: async (stream) =>
      (await db('events').where({ stream }).orderBy('seq')).map((row) => ({
        stream: row.stream,
        seq: row.seq,
        type: row.type,
        accountId: row.account_id,
        data: row.data,
        at: instant(row.at.getTime()),
      })),
    auditedActions: async (account) =>
      (await db('audit_log').where({ account_id: account }).orderBy('id')).map((row) => row.action),
    used: async (account, feature) =>
      Number((await db('quota_usage').where({ account_id: account, feature }).first())?.used ?? 0),
    limit: (account, feature, limit) => override({ entitlements }, account, feature, allowed(limit)),
    billing: knexBilling(db, deps),
    entitlements,
    eventsOf: async (account) =>
      (await db('events').where({ account_id: account }).orderBy(['at', 'stream'])).map(({ type, data }) => ({
        type,
        data,
      })),
    suspend: async (account) => {
      await db('workspace_settings').insert({
        account_id: account,
        ...SUSPENSION,
        changed_at: iso(AT),
        changed_by: 'test',
      });
    },
  };
};

/** Rigs that are closed when the file's tests are done. */
export const knexSharedRigs = (poolSize?: number) => {
  const opened: TestDatabase[] = [];
  return {
    open: async (): Promise<SharedRig & TestDatabase> => {
      const rig = await knexSharedRig(poolSize);
      opened.push(rig);
      return rig;
    },
    close: async (): Promise<void> => {
      await Promise.all(opened.map((database) => database.close()));
    },
  };
};
