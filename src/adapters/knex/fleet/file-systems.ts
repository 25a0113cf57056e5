import type { Knex } from 'knex';
import { errAsync, okAsync } from 'neverthrow';
import * as z from 'zod';
import {
  type FileSystem,
  type FileSystemPhase,
  type Source,
  STATUSES,
} from '../../../domain/fleet/file-system.js';
import { fileSystemPhases } from '../../../domain/fleet/lifecycle.js';
import type { AccountId } from '../../../domain/shared/ids.js';
import { iso } from '../../../domain/shared/time.js';
import type { FileSystems } from '../../../ports/fleet/unit-of-work.js';
import { NOT_FOUND, type NotFound, type StaleVersion } from '../../../ports/shared/failure.js';
import type { Sealed } from '../../../ports/shared/sealer.js';
import { query } from '../kit/query.js';
import { json, nullable, timestamptz } from '../kit/rows.js';

const PHASES = [...new Set(Object.values(fileSystemPhases).flat())] as [FileSystemPhase];

// jsonb has an order of its own for its keys; what is read has the type's.
const ServedColumn = z.object({
  webdav: z.object({ url: z.string(), username: z.string() }).optional(),
  nfs: z.object({ server: z.string(), port: z.number(), path: z.string() }).optional(),
});

const Row = z.object({
  id: z.string(),
  version: z.number(),
  account_id: z.string().transform((id) => id as AccountId),
  source_kind: z.enum(['bucket', 'connection'] satisfies readonly Source['kind'][]),
  source_id: z.string(),
  region: z.string(),
  instance_type: z.string(),
  preload: z.boolean(),
  desired: z.enum(['running', 'stopped']),
  status: z.enum(STATUSES),
  phase: z.enum(PHASES),
  reason: nullable(z.string()),
  gateway_id: nullable(z.string()),
  served: nullable(ServedColumn),
  flushes_asked: z.number(),
  flushes_done: z.number(),
  created_at: timestamptz,
  updated_at: timestamptz,
});
const Secret = z.object({ secret: z.string().transform((text) => text as Sealed) });

/** A row of `file_systems` as the domain sees it: without its secret. */
export const fileSystemOf = (row: unknown): FileSystem => {
  const r = Row.parse(row);
  return {
    id: r.id,
    version: r.version,
    accountId: r.account_id,
    source: { kind: r.source_kind, id: r.source_id },
    region: r.region,
    instanceType: r.instance_type,
    preload: r.preload,
    desired: r.desired,
    status: r.status,
    phase: r.phase,
    reason: r.reason,
    gatewayId: r.gateway_id,
    served: r.served,
    flushesAsked: r.flushes_asked,
    flushesDone: r.flushes_done,
    createdAt: r.created_at,
    updatedAt: r.updated_at,
  };
};

/** The sealed password of the same row. */
export const fileSystemSecretOf = (row: unknown): Sealed => Secret.parse(row).secret;

const toRow = (fileSystem: FileSystem) => ({
  id: fileSystem.id,
  version: fileSystem.version,
  account_id: fileSystem.accountId,
  source_kind: fileSystem.source.kind,
  source_id: fileSystem.source.id,
  region: fileSystem.region,
  instance_type: fileSystem.instanceType,
  preload: fileSystem.preload,
  desired: fileSystem.desired,
  status: fileSystem.status,
  phase: fileSystem.phase,
  reason: fileSystem.reason ?? null,
  gateway_id: fileSystem.gatewayId ?? null,
  served: fileSystem.served === undefined ? null : json(fileSystem.served),
  flushes_asked: fileSystem.flushesAsked,
  flushes_done: fileSystem.flushesDone,
  created_at: iso(fileSystem.createdAt),
  updated_at: iso(fileSystem.updatedAt),
});

/** File systems that are there, of every account. */
export const livingFileSystems = (db: Knex): Knex.QueryBuilder =>
  db('file_systems').whereNot({ phase: 'deleted' });

/** The living file systems of one account. */
export const fileSystemsIn = (db: Knex, account: AccountId): Knex.QueryBuilder =>
  livingFileSystems(db).where({ account_id: account });

/** File systems on one transaction. */
export const knexFileSystems = (trx: Knex): FileSystems => ({
  get: (account, id) =>
    query(() => fileSystemsIn(trx, account).where({ id }).first()).andThen((row) =>
      row === undefined ? errAsync<FileSystem, NotFound>(NOT_FOUND) : okAsync(fileSystemOf(row)),
    ),
  add: (fileSystem, secret) =>
    query(() => trx('file_systems').insert({ ...toRow(fileSystem), secret })).map(() => undefined),
  save: (fileSystem) =>
    query(() =>
      fileSystemsIn(trx, fileSystem.accountId)
        .where({ id: fileSystem.id, version: fileSystem.version })
        .update({ ...toRow(fileSystem), version: fileSystem.version + 1 })
        .returning('*'),
    ).andThen(([row]) =>
      row === undefined
        ? errAsync<FileSystem, StaleVersion>({ kind: 'stale_version', id: fileSystem.id })
        : okAsync(fileSystemOf(row)),
    ),
  on: (account, gatewayId) =>
    query(() =>
      fileSystemsIn(trx, account).where({ gateway_id: gatewayId }).orderBy(['created_at', 'id']),
    ).map((rows: unknown[]) => rows.map(fileSystemOf)),
});
