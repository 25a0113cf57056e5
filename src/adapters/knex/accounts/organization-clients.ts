import type { Knex } from 'knex';
import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import * as z from 'zod';
import { CLIENT_SCOPES, type OrganizationClient } from '../../../domain/accounts/organization-client.js';
import type { AccountId } from '../../../domain/shared/ids.js';
import { pageOf } from '../../../domain/shared/page.js';
import { iso } from '../../../domain/shared/time.js';
import type {
  OrganizationClientReaders,
  OrganizationClients,
} from '../../../ports/accounts/organization-clients.js';
import { NOT_FOUND, type NotFound } from '../../../ports/shared/failure.js';
import { keyset } from '../kit/keyset.js';
import { query } from '../kit/query.js';
import { timestamptz } from '../kit/rows.js';

const Row = z.object({
  id: z.string(),
  account_id: z.string().transform((id) => id as AccountId),
  name: z.string(),
  scopes: z.array(z.enum(CLIENT_SCOPES)),
  created_at: timestamptz,
});
const Standing = z.object({ secret_hash: z.string(), organization_name: z.string() });

const clientOf = (row: unknown): OrganizationClient => {
  const { id, account_id: accountId, name, scopes, created_at: createdAt } = Row.parse(row);
  return { id, accountId, name, scopes, createdAt };
};

const found = (row: unknown): ResultAsync<OrganizationClient, NotFound> =>
  row === undefined ? errAsync(NOT_FOUND) : okAsync(clientOf(row));

/** Clients of organizations on one transaction; a revoked one is found by nobody. */
export const knexOrganizationClients = (trx: Knex): OrganizationClients => {
  const own = (account: AccountId, id: string) =>
    trx('organization_clients').where({ id, account_id: account }).whereNull('revoked_at');
  return {
    add: ({ id, accountId, name, scopes, createdAt }, secretHash) =>
      query(() =>
        trx('organization_clients').insert({
          id,
          account_id: accountId,
          name,
          secret_hash: secretHash,
          scopes: [...scopes],
          created_at: iso(createdAt),
        }),
      ).map(() => undefined),
    get: (account, id) => query(() => own(account, id).first()).andThen(found),
    revoke: (account, id, at) =>
      query(() =>
        own(account, id)
          .update({ revoked_at: iso(at) })
          .returning('*'),
      ).andThen(([row]) => found(row)),
  };
};

/** Clients that stand, straight from their table. */
export const knexOrganizationClientReaders = (db: Knex): OrganizationClientReaders => ({
  standingClient: (id) =>
    query(() =>
      db('organization_clients as c')
        .join('accounts as a', 'a.id', 'c.account_id')
        .where('c.id', id)
        .whereNull('c.revoked_at')
        .whereNull('a.deleted_at')
        .first('c.*', 'a.name as organization_name'),
    ).map((row) => {
      if (row === undefined) return undefined;
      const { secret_hash: secretHash, organization_name: organizationName } = Standing.parse(row);
      return { client: clientOf(row), organizationName, secretHash };
    }),
  clientsOf: (account, page) =>
    query(() =>
      db('organization_clients')
        .where({ account_id: account })
        .whereNull('revoked_at')
        .modify(keyset('id', page)),
    ).map((rows) => pageOf(rows.map(clientOf), page.size, ({ id }) => id)),
});
