import type { Knex } from 'knex';
import { errAsync, okAsync } from 'neverthrow';
import * as z from 'zod';
import type { AccountId } from '../../../domain/shared/ids.js';
import { iso } from '../../../domain/shared/time.js';
import {
  type Connection,
  type ConnectionStatus,
  lifecycle,
  PROVIDERS,
} from '../../../domain/storage/connection.js';
import type { Prefix } from '../../../domain/storage/object-key.js';
import { NOT_FOUND, type NotFound, type StaleVersion } from '../../../ports/shared/failure.js';
import type { DataKey, Sealed } from '../../../ports/shared/sealer.js';
import type {
  ConnectionMounted,
  Connections,
  ConnectionWithKey,
} from '../../../ports/storage/unit-of-work.js';
import { FOREIGN_KEY_VIOLATION, query, queryOr } from '../kit/query.js';
import { nullable, timestamptz } from '../kit/rows.js';

const Row = z.object({
  id: z.string(),
  version: z.number(),
  account_id: z.string().transform((id) => id as AccountId),
  provider: z.enum(PROVIDERS),
  uri: z.string(),
  region: z.string(),
  bucket_name: z.string(),
  jail: z.string().transform((text) => text as Prefix),
  endpoint: nullable(z.string()),
  access_key_id: z.string(),
  project_id: nullable(z.string()),
  status: z.enum(Object.keys(lifecycle) as [ConnectionStatus]),
  created_at: timestamptz,
  updated_at: timestamptz,
});
const Secret = z.object({ secret: z.string().transform((text) => text as Sealed) });

/** A row of `connections` as the domain sees it: without its secret. */
export const connectionOf = (row: unknown): Connection => {
  const r = Row.parse(row);
  return {
    id: r.id,
    version: r.version,
    accountId: r.account_id,
    provider: r.provider,
    uri: r.uri,
    region: r.region,
    bucketName: r.bucket_name,
    jail: r.jail,
    endpoint: r.endpoint,
    accessKeyId: r.access_key_id,
    projectId: r.project_id,
    status: r.status,
    createdAt: r.created_at,
    updatedAt: r.updated_at,
  };
};

/** The sealed secret of the same row. */
export const connectionSecretOf = (row: unknown): Sealed => Secret.parse(row).secret;

const Key = z.object({ data_key: z.string().transform((text) => text as DataKey) });

/** Of a row that the key of its account was read with. */
export const connectionWithKeyOf = (row: unknown): ConnectionWithKey => ({
  connection: connectionOf(row),
  secret: connectionSecretOf(row),
  dataKey: Key.parse(row).data_key,
});

const toRow = (connection: Connection) => ({
  id: connection.id,
  version: connection.version,
  account_id: connection.accountId,
  provider: connection.provider,
  uri: connection.uri,
  region: connection.region,
  bucket_name: connection.bucketName,
  jail: connection.jail,
  endpoint: connection.endpoint ?? null,
  access_key_id: connection.accessKeyId,
  project_id: connection.projectId ?? null,
  status: connection.status,
  created_at: iso(connection.createdAt),
  updated_at: iso(connection.updatedAt),
});

/** The connections of one account: every statement goes through here. */
export const connectionsIn = (db: Knex, account: AccountId): Knex.QueryBuilder =>
  db('connections').where({ account_id: account });

const stale = (id: string): StaleVersion => ({ kind: 'stale_version', id });
const MOUNTED: ConnectionMounted = { kind: 'connection_mounted' };

/** Connections on one transaction. */
export const knexConnections = (trx: Knex): Connections => ({
  get: (account, id) =>
    query(() => connectionsIn(trx, account).where({ id }).first()).andThen((row) =>
      row === undefined ? errAsync<Connection, NotFound>(NOT_FOUND) : okAsync(connectionOf(row)),
    ),
  add: (connection, secret) =>
    query(() => trx('connections').insert({ ...toRow(connection), secret })).map(() => undefined),
  save: ({ id, version, accountId, status, updatedAt }) =>
    query(() =>
      connectionsIn(trx, accountId)
        .where({ id, version })
        .update({ status, updated_at: iso(updatedAt), version: version + 1 })
        .returning('*'),
    ).andThen(([row]) =>
      row === undefined ? errAsync<Connection, StaleVersion>(stale(id)) : okAsync(connectionOf(row)),
    ),
  remove: ({ id, version, accountId }) =>
    queryOr(FOREIGN_KEY_VIOLATION, MOUNTED, () =>
      connectionsIn(trx, accountId).where({ id, version }).delete(),
    ).andThen((deleted) => (deleted === 0 ? errAsync(stale(id)) : okAsync(undefined))),
});
