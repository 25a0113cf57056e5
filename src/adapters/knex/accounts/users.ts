import type { Knex } from 'knex';
import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import * as z from 'zod';
import type { EmailAddress, User } from '../../../domain/accounts/user.js';
import type { UserId } from '../../../domain/shared/ids.js';
import { iso } from '../../../domain/shared/time.js';
import type { EmailTaken, Users } from '../../../ports/accounts/unit-of-work.js';
import { NOT_FOUND, type NotFound } from '../../../ports/shared/failure.js';
import { query } from '../kit/query.js';
import { nullable, timestamptz } from '../kit/rows.js';
import { versionedTable } from '../kit/versioned-table.js';

const Row = z.object({
  id: z.string().transform((id) => id as UserId),
  version: z.number(),
  email: z.string().transform((email) => email as EmailAddress),
  email_verified_at: nullable(timestamptz),
  first_name: nullable(z.string()),
  last_name: nullable(z.string()),
  platform_admin: z.boolean(),
  platform_viewer: z.boolean(),
  created_at: timestamptz,
  updated_at: timestamptz,
});
export const USER_COLUMNS = Object.keys(Row.shape);

/** A row of `users` as the domain sees it: without the password's hash. */
export const userOf = (row: unknown): User => {
  const r = Row.parse(row);
  return {
    id: r.id,
    version: r.version,
    email: r.email,
    emailVerifiedAt: r.email_verified_at,
    firstName: r.first_name,
    lastName: r.last_name,
    platformAdmin: r.platform_admin,
    platformViewer: r.platform_viewer || undefined,
    createdAt: r.created_at,
    updatedAt: r.updated_at,
  };
};

const toRow = (user: User) => ({
  id: user.id,
  version: user.version,
  email: user.email,
  email_verified_at: user.emailVerifiedAt === undefined ? null : iso(user.emailVerifiedAt),
  first_name: user.firstName ?? null,
  last_name: user.lastName ?? null,
  platform_admin: user.platformAdmin,
  platform_viewer: user.platformViewer ?? false,
  created_at: iso(user.createdAt),
  updated_at: iso(user.updatedAt),
});

const found = (user: User | undefined): ResultAsync<User, NotFound> =>
  user === undefined ? errAsync(NOT_FOUND) : okAsync(user);

/** Users on one transaction; whoever comes second with an address finds it taken. */
export const knexUsers = (trx: Knex): Users => {
  const table = versionedTable<User>(trx, { table: 'users', toRow, fromRow: userOf });
  return {
    get: (id) => table.find(id).andThen(found),
    byEmail: (email) =>
      query(() => trx('users').where({ email }).first()).andThen((row) =>
        found(row === undefined ? undefined : userOf(row)),
      ),
    add: (user, passwordHash) =>
      query(() =>
        trx('users')
          .insert({ ...toRow(user), password_hash: passwordHash })
          .onConflict('email')
          .ignore()
          .returning('id'),
      ).andThen((added) =>
        added.length === 0 ? errAsync<void, EmailTaken>({ kind: 'email_taken' }) : okAsync(undefined),
      ),
    save: table.update,
    setPassword: (id, passwordHash) =>
      query(() => trx('users').where({ id }).update({ password_hash: passwordHash })).map(() => undefined),
  };
};
