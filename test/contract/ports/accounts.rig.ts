import type { ResultAsync } from 'neverthrow';
import { uuidv7 } from 'uuidv7';
import { knexAccess } from '../../../src/adapters/knex/accounts/access.js';
import { knexAccountsReaders } from '../../../src/adapters/knex/accounts/readers.js';
import { knexAccounts } from '../../../src/adapters/knex/accounts/unit-of-work.js';
import { knexBilling } from '../../../src/adapters/knex/billing/unit-of-work.js';
import { knexFleet } from '../../../src/adapters/knex/fleet/unit-of-work.js';
import { knexStorageReaders } from '../../../src/adapters/knex/storage/readers.js';
import { knexStorage } from '../../../src/adapters/knex/storage/unit-of-work.js';
import { memoryAccess } from '../../../src/adapters/memory/accounts/access.js';
import { memoryAccountsReaders } from '../../../src/adapters/memory/accounts/readers.js';
import { memoryAccounts } from '../../../src/adapters/memory/accounts/unit-of-work.js';
import { memoryBilling } from '../../../src/adapters/memory/billing/unit-of-work.js';
import { memoryFleet } from '../../../src/adapters/memory/fleet/unit-of-work.js';
import { memoryStore } from '../../../src/adapters/memory/kit/store.js';
import { memoryStorageReaders } from '../../../src/adapters/memory/storage/readers.js';
import { memoryStorage } from '../../../src/adapters/memory/storage/unit-of-work.js';
import { type Account, deleteAccount, type Facet } from '../../../src/domain/accounts/account.js';
import type { Accepted, Membership } from '../../../src/domain/accounts/membership.js';
import type { User } from '../../../src/domain/accounts/user.js';
import type { AccountId, UserId } from '../../../src/domain/shared/ids.js';
import type { Access } from '../../../src/ports/accounts/access.js';
import type { AccountsReaders } from '../../../src/ports/accounts/readers.js';
import type { AccountsUnitOfWork } from '../../../src/ports/accounts/unit-of-work.js';
import type { BillingUnitOfWork } from '../../../src/ports/billing/unit-of-work.js';
import type { FleetUnitOfWork } from '../../../src/ports/fleet/unit-of-work.js';
import type { StorageReaders, StorageUnitOfWork } from '../../../src/ports/storage/unit-of-work.js';
import { AT, aMember, anAccount, aUser, DATA_KEY, PASSWORD_HASH } from '../../support/accounts.js';
import { freshDatabase, type TestDatabase } from '../../support/postgres.js';

type Numbered = { readonly facet: Facet; readonly number: number };

/** The ports over users, accounts and what lies in them on one technology: their reads meet in the same rows. */
export type AccountsRig = {
  readonly accounts: AccountsUnitOfWork;
  readonly access: Access;
  readonly readers: AccountsReaders;
  readonly storage: StorageUnitOfWork;
  readonly buckets: StorageReaders;
  readonly fleet: FleetUnitOfWork;
  readonly billing: BillingUnitOfWork;
  /** A file system takes its place on a connection. */
  readonly mount: (connectionId: string, fileSystemId: string) => Promise<void>;
  /** Drops the key of the account. */
  readonly erase: (account: AccountId) => Promise<void>;
  readonly facets: (account: AccountId) => Promise<readonly Numbered[]>;
};

export const shared = {
  ids: { next: uuidv7 },
  quotas: { buckets: 5, connections: 5, members: 3, file_systems: 5, gateways: 5 },
};

export const memoryAccountsRig = async (store = memoryStore()): Promise<AccountsRig> => {
  const facets = store.read<Numbered & { readonly accountId: AccountId }>('account_facets');
  return {
    accounts: memoryAccounts(store, shared),
    access: memoryAccess(store),
    readers: memoryAccountsReaders(store),
    storage: memoryStorage(store, shared),
    buckets: memoryStorageReaders(store),
    fleet: memoryFleet(store, shared),
    billing: memoryBilling(store, shared),
    mount: async (connectionId, fileSystemId) => {
      const row = { connectionId, fileSystemId };
      await value(store.run((tx) => tx.table('connection_mounts').put(fileSystemId, row)));
    },
    erase: async (account) => {
      const drop = (row: object | undefined) => ({ ...row, dataKey: undefined });
      const emptied = store.run((tx) => {
        const accounts = tx.table<object>('accounts');
        return accounts.get(account).andThen((row) => accounts.put(account, drop(row)));
      });
      await value(emptied);
    },
    facets: async (account) =>
      (await facets.all())
        ._unsafeUnwrap()
        .filter(({ accountId }) => accountId === account)
        .map(({ facet, number }) => ({ facet, number })),
  };
};

/** Opens rigs on databases of their own, and closes them all. */
export const knexAccountsRigs = () => {
  const opened: TestDatabase[] = [];
  return {
    open: async (): Promise<AccountsRig & TestDatabase> => {
      const database = await freshDatabase();
      const { db } = database;
      opened.push(database);
      return {
        ...database,
        accounts: knexAccounts(db, shared),
        access: knexAccess(db),
        readers: knexAccountsReaders(db),
        storage: knexStorage(db, shared),
        buckets: knexStorageReaders(db),
        fleet: knexFleet(db, shared),
        billing: knexBilling(db, shared),
        mount: async (connectionId, fileSystemId) => {
          await db('connection_mounts').insert({
            connection_id: connectionId,
            file_system_id: fileSystemId,
          });
        },
        erase: async (account) => {
          await db('accounts').where({ id: account }).update({ data_key: null });
        },
        facets: async (account) =>
          (await db('account_facets').where({ account_id: account })).map(({ facet, number }) => ({
            facet,
            number: Number(number),
          })),
      };
    },
    close: async (): Promise<void> => {
      await Promise.all(opened.map((database) => database.close()));
    },
  };
};

export const value = async <T>(result: ResultAsync<T, unknown>): Promise<T> => (await result)._unsafeUnwrap();

/** What became of each of several units: its failure's kind, or `ok`. */
export const outcomes = async (
  units: readonly ResultAsync<unknown, { readonly kind: string }>[],
): Promise<readonly string[]> =>
  (await Promise.all(units)).map((result) => (result.isOk() ? 'ok' : result.error.kind)).sort();

/** Puts users, accounts and memberships there, each in a unit of its own. */
export const settling = ({ accounts }: Pick<AccountsRig, 'accounts'>) => ({
  user: async (over: Partial<User> = {}): Promise<User> => {
    const user = aUser(over);
    await value(accounts.run((tx) => tx.users.add(user, PASSWORD_HASH)));
    return user;
  },
  account: async (creator: UserId, over: Partial<Account> = {}): Promise<Account> => {
    const account = anAccount(creator, over);
    await value(accounts.run((tx) => tx.accounts.add(account, DATA_KEY)));
    return account;
  },
  deleted: (account: Account): Promise<Account> =>
    value(accounts.run((tx) => tx.accounts.save(deleteAccount(account, AT)))),
  membership: async <M extends Membership>(membership: M): Promise<M> => {
    await value(accounts.run((tx) => tx.memberships.add(membership)));
    return membership;
  },
  /** A user, an account of theirs, and the membership that says so. */
  owner: async (): Promise<{ user: User; account: Account; membership: Accepted }> => {
    const user = aUser();
    const account = anAccount(user.id);
    const membership = aMember(account.id, user.id, { role: 'owner' });
    await value(
      accounts.run((tx) =>
        tx.users
          .add(user, PASSWORD_HASH)
          .andThen(() => tx.accounts.add(account, DATA_KEY))
          .andThen(() => tx.memberships.add(membership)),
      ),
    );
    return { user, account, membership };
  },
});
