import type { Knex } from 'knex';
import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import * as z from 'zod';
import type { UserId } from '../../../domain/shared/ids.js';
import { type Page, type PageRequest, pageOf } from '../../../domain/shared/page.js';
import type { AccountsReaders, MembershipView } from '../../../ports/accounts/readers.js';
import { NOT_FOUND, type NotFound, type Unavailable } from '../../../ports/shared/failure.js';
import { columnsOf, rowOf } from '../kit/joined.js';
import { keyset } from '../kit/keyset.js';
import { query } from '../kit/query.js';
import { ACCOUNT_COLUMNS, accountOf } from './accounts.js';
import { apiKeyOf } from './api-keys.js';
import { MEMBERSHIP_COLUMNS, membershipOf } from './memberships.js';
import { knexOrganizationClientReaders } from './organization-clients.js';
import { USER_COLUMNS, userOf } from './users.js';

const idOf = <T extends { readonly id: string }>({ id }: T): string => id;
const WithHash = z.object({ password_hash: z.string() });
const WithNumber = z.object({ number: z.coerce.number() });

const found = <T>(value: T | undefined): ResultAsync<T, NotFound> =>
  value === undefined ? errAsync(NOT_FOUND) : okAsync(value);

const viewOf = (joined: Readonly<Record<string, unknown>>): MembershipView => {
  const user = rowOf('u', USER_COLUMNS, joined);
  return {
    membership: membershipOf(rowOf('m', MEMBERSHIP_COLUMNS, joined)),
    account: accountOf(rowOf('a', ACCOUNT_COLUMNS, joined)),
    user: user && userOf(user),
  };
};

/** Memberships with their live account and, once somebody holds them, their user: one statement. */
const memberships = (
  db: Knex,
  where: Readonly<Record<string, string>>,
  page: PageRequest<string>,
): ResultAsync<Page<MembershipView, string>, Unavailable> =>
  query(() =>
    db('memberships as m')
      .join('accounts as a', 'a.id', 'm.account_id')
      .leftJoin('users as u', 'u.id', 'm.user_id')
      .where(where)
      .whereNull('a.deleted_at')
      .modify(keyset('m.id', page))
      .select([
        ...columnsOf('m', MEMBERSHIP_COLUMNS),
        ...columnsOf('a', ACCOUNT_COLUMNS),
        ...columnsOf('u', USER_COLUMNS),
      ]),
  ).map((rows) => pageOf(rows.map(viewOf), page.size, ({ membership }) => membership.id));

const passwordHash = (db: Knex, id: UserId): ResultAsync<string, NotFound | Unavailable> =>
  query(() => db('users').where({ id }).first('password_hash')).andThen((row) =>
    found(WithHash.optional().parse(row)?.password_hash),
  );

const personalNumber = (db: Knex, id: UserId): ResultAsync<number, NotFound | Unavailable> =>
  query(() =>
    db('accounts as a')
      .join('account_facets as f', { 'f.account_id': 'a.id', 'f.facet': 'a.kind' })
      .where({ 'a.creator_id': id, 'a.kind': 'personal' })
      .whereNull('a.deleted_at')
      .first('f.number'),
  ).andThen((row) => found(WithNumber.optional().parse(row)?.number));

/** Committed rows of the accounts context, straight from its tables. */
export const knexAccountsReaders = (db: Knex): AccountsReaders => ({
  ...knexOrganizationClientReaders(db),
  user: (id) =>
    query(() => db('users').where({ id }).first()).andThen((row) =>
      found(row === undefined ? undefined : userOf(row)),
    ),
  credentials: (email) =>
    query(() => db('users').where({ email }).first()).map((row) =>
      row === undefined ? undefined : { user: userOf(row), passwordHash: WithHash.parse(row).password_hash },
    ),
  personalNumber: (id) => personalNumber(db, id),
  passwordHash: (id) => passwordHash(db, id),
  projectsOf: (id, page) =>
    query(() =>
      db('memberships as m')
        .join('accounts as a', 'a.id', 'm.account_id')
        .where({ 'm.user_id': id, 'm.status': 'accepted', 'a.kind': 'platform' })
        .whereNull('a.deleted_at')
        .modify(keyset('m.account_id', page))
        .select('a.*'),
    ).map((rows) => pageOf(rows.map(accountOf), page.size, idOf)),
  membershipsOf: (id, page) => memberships(db, { 'm.user_id': id, 'a.kind': 'platform' }, page),
  membersOf: (id, page) => memberships(db, { 'm.account_id': id }, page),
  apiKeysOf: (id, page) =>
    query(() => db('api_keys').where({ user_id: id }).whereNull('revoked_at').modify(keyset('id', page))).map(
      (rows) => pageOf(rows.map(apiKeyOf), page.size, idOf),
    ),
});
