import type { Knex } from 'knex';
import * as z from 'zod';
import { iso } from '../../../domain/shared/time.js';
import type { PublicFileSystem, PublicFileSystems } from '../../../ports/fleet/public-file-systems.js';
import { query } from '../kit/query.js';
import { timestamptz } from '../kit/rows.js';

const MOST = 1_000;

const Row = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  nfs_server: z.string(),
  nfs_path: z.string(),
  nfs_port: z.number(),
  region: z.string(),
  created_at: timestamptz,
});

const fromRow = (row: unknown): PublicFileSystem => {
  const r = Row.parse(row);
  return {
    id: r.id,
    name: r.name,
    description: r.description,
    nfsServer: r.nfs_server,
    nfsPath: r.nfs_path,
    nfsPort: r.nfs_port,
    region: r.region,
    createdAt: r.created_at,
  };
};

/** The published file systems of this deployment. */
export const knexPublicFileSystems = (db: Knex): PublicFileSystems => ({
  list: () =>
    query(() => db('public_file_systems').orderBy(['created_at', 'id']).limit(MOST)).map((rows: unknown[]) =>
      rows.map(fromRow),
    ),
  publish: (entry) =>
    query(() =>
      db('public_file_systems').insert({
        id: entry.id,
        name: entry.name,
        description: entry.description,
        nfs_server: entry.nfsServer,
        nfs_path: entry.nfsPath,
        nfs_port: entry.nfsPort,
        region: entry.region,
        created_at: iso(entry.createdAt),
      }),
    ).map(() => undefined),
});
