import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { Accepted, Membership } from '../../../domain/accounts/membership.js';
import type { AlreadyMember, Memberships } from '../../../ports/accounts/unit-of-work.js';
import { NOT_FOUND, type NotFound, type StaleVersion } from '../../../ports/shared/failure.js';
import type { MemoryTx } from '../kit/store.js';
import { versionedTable } from '../kit/versioned-table.js';
import { idOf } from '../shared/rows.js';
import { type AccountRow, TABLES, type UserRow } from './rows.js';

/** The one rule a membership of each status may break; an answered "no" breaks none. */
const uniqueOf = (m: Membership): readonly [index: string, value: string] | undefined => {
  switch (m.status) {
    case 'invited':
      return ['memberships.invited', idOf(m.accountId, m.email)];
    case 'accepted':
      return ['memberships.user', idOf(m.accountId, m.userId)];
    case 'denied':
      return undefined;
  }
};

const claim = (tx: MemoryTx, m: Membership): ResultAsync<void, AlreadyMember> => {
  const unique = uniqueOf(m);
  return (unique ? tx.claimUnique(...unique, m.id) : okAsync(true)).andThen((free) =>
    free ? okAsync(undefined) : errAsync<void, AlreadyMember>({ kind: 'already_member' }),
  );
};

const release = (tx: MemoryTx, m: Membership): ResultAsync<void, never> => {
  const unique = uniqueOf(m);
  return unique ? tx.releaseUnique(...unique) : okAsync(undefined);
};

/** Memberships on one unit: one per user and one open invitation per address in each account. */
export const memoryMemberships = (tx: MemoryTx): Memberships => {
  const memberships = versionedTable<Membership>(tx, TABLES.memberships);
  const rows = tx.table<Membership>(TABLES.memberships);

  const accepted = (which: (m: Accepted) => boolean): ResultAsync<readonly Accepted[], never> =>
    rows.all().map((all) => all.filter((m) => m.status === 'accepted').filter(which));

  const current = (m: Membership): ResultAsync<Membership, StaleVersion> =>
    memberships
      .find(m.id)
      .andThen((row) =>
        row?.version === m.version
          ? okAsync(row)
          : errAsync<Membership, StaleVersion>({ kind: 'stale_version', id: m.id }),
      );

  return {
    get: (id) =>
      memberships
        .find(id)
        .andThen((m) => (m === undefined ? errAsync<Membership, NotFound>(NOT_FOUND) : okAsync(m))),
    add: (m) => claim(tx, m).andThen(() => memberships.insert(m)),
    save: (m) =>
      current(m)
        .andThen((before) => release(tx, before))
        .andThen(() => claim(tx, m))
        .andThen(() => memberships.update(m)),
    remove: (m) =>
      current(m)
        .andThen((before) => release(tx, before))
        .andThen(() => rows.remove(m.id)),
    otherOwners: (m) =>
      accepted(({ accountId, role }) => accountId === m.accountId && role === 'owner').andThen((owners) =>
        owners
          .reduce(
            (locked, owner) => locked.andThen(() => tx.lock(TABLES.memberships, owner.id)),
            okAsync<void, never>(undefined),
          )
          .map(() => owners.filter(({ id }) => id !== m.id).length),
      ),
    roleOf: (account, user) =>
      tx
        .table<AccountRow>(TABLES.accounts)
        .get(account)
        .andThen((row) =>
          row === undefined || row.deletedAt !== undefined
            ? okAsync(undefined)
            : accepted(({ accountId, userId }) => accountId === account && userId === user).map(
                ([m]) => m?.role,
              ),
        ),
    ofEmail: (account, email) =>
      tx
        .table<UserRow>(TABLES.users)
        .all()
        .map((users) => users.find((user) => user.email === email)?.id)
        .andThen((user) =>
          accepted(({ accountId, userId }) => accountId === account && userId === user).map(([m]) => m),
        ),
  };
};
