import type { Knex } from 'knex';
import { errAsync, okAsync } from 'neverthrow';
import * as z from 'zod';
import { type Account, type AccountKind, FACETS } from '../../../domain/accounts/account.js';
import type { AccountId, UserId } from '../../../domain/shared/ids.js';
import { iso } from '../../../domain/shared/time.js';
import type { Accounts, Occupant } from '../../../ports/accounts/unit-of-work.js';
import { NOT_FOUND, type NotFound } from '../../../ports/shared/failure.js';
import type { DataKey } from '../../../ports/shared/sealer.js';
import { livingOfPayer } from '../billing/subscriptions.js';
import { fileSystemsIn } from '../fleet/file-systems.js';
import { gatewaysIn } from '../fleet/gateways.js';
import { query } from '../kit/query.js';
import { nullable, timestamptz } from '../kit/rows.js';
import { versionedTable } from '../kit/versioned-table.js';

const Row = z.object({
  id: z.string().transform((id) => id as AccountId),
  version: z.number(),
  kind: z.enum(Object.keys(FACETS) as [AccountKind]),
  name: z.string(),
  creator_id: z.string().transform((id) => id as UserId),
  created_at: timestamptz,
  updated_at: timestamptz,
  deleted_at: nullable(timestamptz),
});
const Occupied = z
  .object({ occupant: z.enum(['resource', 'subscription'] satisfies readonly Occupant[]) })
  .optional();
export const ACCOUNT_COLUMNS = Object.keys(Row.shape);

/** A row of `accounts` as the domain sees it: without the account's data key. */
export const accountOf = (row: unknown): Account => {
  const r = Row.parse(row);
  return {
    id: r.id,
    version: r.version,
    kind: r.kind,
    name: r.name,
    creatorId: r.creator_id,
    createdAt: r.created_at,
    updatedAt: r.updated_at,
    deletedAt: r.deleted_at,
  };
};

const toRow = (account: Account) => ({
  id: account.id,
  version: account.version,
  kind: account.kind,
  name: account.name,
  creator_id: account.creatorId,
  created_at: iso(account.createdAt),
  updated_at: iso(account.updatedAt),
  deleted_at: account.deletedAt === undefined ? null : iso(account.deletedAt),
});

const Keyed = z
  .object({
    id: z.string().transform((id) => id as AccountId),
    data_key: z.string().transform((text) => text as DataKey),
  })
  .optional();

/** Accounts on one transaction. A deleted one is found by nobody; its row stays. */
export const knexAccountRows = (trx: Knex): Accounts => {
  const table = versionedTable<Account>(trx, { table: 'accounts', toRow, fromRow: accountOf });
  return {
    get: (id) =>
      table
        .find(id)
        .andThen((account) =>
          account === undefined || account.deletedAt !== undefined
            ? errAsync<Account, NotFound>(NOT_FOUND)
            : okAsync(account),
        ),
    add: (account, dataKey) =>
      query(() => trx('accounts').insert({ ...toRow(account), data_key: dataKey }))
        .andThen(() =>
          query(() =>
            trx('account_facets').insert(
              FACETS[account.kind].map((facet) => ({ account_id: account.id, facet })),
            ),
          ),
        )
        .map(() => undefined),
    save: table.update,
    personalOf: (id) =>
      query(() =>
        trx('accounts')
          .where({ creator_id: id, kind: 'personal' })
          .whereNull('deleted_at')
          .whereNotNull('data_key')
          .first('id', 'data_key'),
      ).andThen((row) => {
        const personal = Keyed.parse(row);
        return personal === undefined
          ? errAsync<never, NotFound>(NOT_FOUND)
          : okAsync({ id: personal.id, dataKey: personal.data_key });
      }),
    occupant: (id) => {
      const there = (one: Knex.QueryBuilder, occupant: Occupant): Knex.QueryBuilder =>
        one.select(trx.raw('? as occupant', [occupant])).limit(1);
      const resources = [
        trx('buckets').where({ account_id: id }).whereNot({ status: 'deleted' }),
        trx('connections').where({ account_id: id }),
        fileSystemsIn(trx, id),
        gatewaysIn(trx, id),
      ].map((one) => there(one, 'resource'));
      const all = [...resources, there(livingOfPayer(trx, id), 'subscription')];
      return query(() => trx.from(trx.unionAll(all, true).as('o')).orderBy('occupant').first('occupant')).map(
        (row) => Occupied.parse(row)?.occupant,
      );
    },
  };
};
