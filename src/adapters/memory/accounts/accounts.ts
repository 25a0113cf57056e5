import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import { type Account, FACETS } from '../../../domain/accounts/account.js';
import type { AccountId } from '../../../domain/shared/ids.js';
import type { Accounts, Occupant } from '../../../ports/accounts/unit-of-work.js';
import { NOT_FOUND, type NotFound } from '../../../ports/shared/failure.js';
import type { DataKey } from '../../../ports/shared/sealer.js';
import { paysForOne } from '../billing/subscriptions.js';
import { TABLES as FLEET, isLiving } from '../fleet/rows.js';
import { tableWithPrivateColumns } from '../kit/private-columns.js';
import type { MemoryTx } from '../kit/store.js';
import { idOf } from '../shared/rows.js';
import { TABLES as STORAGE } from '../storage/rows.js';
import { type AccountRow, type FacetRow, personalAccountOf, splitAccount, TABLES } from './rows.js';

type Resource = { readonly accountId: AccountId; readonly status: string; readonly phase: string };

/** What lies in accounts; of some a tombstone stays. */
const RESOURCES: readonly { readonly table: string; readonly isThere: (row: Resource) => boolean }[] = [
  { table: STORAGE.buckets, isThere: ({ status }) => status !== 'deleted' },
  { table: STORAGE.connections, isThere: () => true },
  { table: FLEET.fileSystems, isThere: isLiving },
  { table: FLEET.gateways, isThere: isLiving },
];

type Personal = { readonly id: AccountId; readonly dataKey: DataKey };

/** Accounts on one unit. A deleted one is found by nobody; its row stays. Like a sequence, `nextNumber` leaves gaps. */
export const memoryAccountRows = (tx: MemoryTx, nextNumber: () => number): Accounts => {
  const accounts = tableWithPrivateColumns(tx, TABLES.accounts, splitAccount);
  const facets = tx.table<FacetRow>(TABLES.facets);
  return {
    get: (id) =>
      accounts
        .find(id)
        .andThen((account) =>
          account === undefined || account.deletedAt !== undefined
            ? errAsync<Account, NotFound>(NOT_FOUND)
            : okAsync(account),
        ),
    add: (account, dataKey) =>
      FACETS[account.kind].reduce<ResultAsync<void, never>>(
        (added, facet) =>
          added.andThen(() =>
            facets.put(idOf(account.id, facet), { accountId: account.id, facet, number: nextNumber() }),
          ),
        accounts.insert(account, { dataKey }),
      ),
    save: accounts.update,
    personalOf: (id) =>
      tx
        .table<AccountRow>(TABLES.accounts)
        .all()
        .map((rows) => personalAccountOf(rows, id))
        .andThen((row) =>
          row?.dataKey === undefined
            ? errAsync<Personal, NotFound>(NOT_FOUND)
            : okAsync({ id: row.id, dataKey: row.dataKey }),
        ),
    occupant: (id) =>
      RESOURCES.reduce<ResultAsync<boolean, never>>(
        (found, { table, isThere }) =>
          found.andThen((has) =>
            has
              ? okAsync(true)
              : tx
                  .table<Resource>(table)
                  .all()
                  .map((rows) => rows.some((row) => row.accountId === id && isThere(row))),
          ),
        okAsync(false),
      ).andThen((has) =>
        has
          ? okAsync<Occupant>('resource')
          : paysForOne(tx, id).map((pays) => (pays ? ('subscription' as const) : undefined)),
      ),
  };
};
