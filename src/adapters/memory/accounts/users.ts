import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { User } from '../../../domain/accounts/user.js';
import type { EmailTaken, Users } from '../../../ports/accounts/unit-of-work.js';
import { NOT_FOUND, type NotFound } from '../../../ports/shared/failure.js';
import { tableWithPrivateColumns } from '../kit/private-columns.js';
import type { MemoryTx } from '../kit/store.js';
import { splitUser, TABLES, type UserRow } from './rows.js';

const found = (user: User | undefined): ResultAsync<User, NotFound> =>
  user === undefined ? errAsync(NOT_FOUND) : okAsync(user);

/** Users on one unit; whoever comes second with an address finds it taken. */
export const memoryUsers = (tx: MemoryTx): Users => {
  const users = tableWithPrivateColumns(tx, TABLES.users, splitUser);
  return {
    get: (id) => users.find(id).andThen(found),
    byEmail: (email) =>
      tx
        .table<UserRow>(TABLES.users)
        .all()
        .map((rows) => rows.find((row) => row.email === email))
        .andThen((row) => found(row && splitUser(row)[0])),
    add: (user, passwordHash) =>
      tx
        .claimUnique('users.email', user.email, user.id)
        .andThen((free) =>
          free ? users.insert(user, { passwordHash }) : errAsync<void, EmailTaken>({ kind: 'email_taken' }),
        ),
    save: users.update,
    setPassword: (id, passwordHash) => users.setColumns(id, { passwordHash }),
  };
};
