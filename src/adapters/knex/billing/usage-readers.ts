import type { Knex } from 'knex';
import { okAsync } from 'neverthrow';
import * as z from 'zod';
import type { BucketStanding, FileSystemStanding, Measured } from '../../../domain/billing/usage-report.js';
import { type Instant, iso } from '../../../domain/shared/time.js';
import type { Edges, UsageReaders } from '../../../ports/billing/usage-readers.js';
import { query } from '../kit/query.js';
import { int8, nullable, timestamptz } from '../kit/rows.js';
import { RAN, RESOURCES, STORED } from './usage-sql.js';

const Bucket = z.object({
  kind: z.literal('bucket'),
  id: z.string(),
  name: z.string(),
  bucket_name: z.string(),
  status: z.string(),
  bytes: int8,
  objects: int8,
});
const FileSystem = z.object({
  kind: z.literal('file_system'),
  id: z.string(),
  region: z.string(),
  status: z.string(),
  running_since: nullable(timestamptz),
});
const Resource = z.discriminatedUnion('kind', [Bucket, FileSystem]);

const bucketOf = (row: z.output<typeof Bucket>): BucketStanding => ({
  id: row.id,
  name: row.name,
  bucketName: row.bucket_name,
  living: row.status !== 'deleted',
  bytes: row.bytes,
  objects: row.objects,
});

const fileSystemOf = (row: z.output<typeof FileSystem>): FileSystemStanding => ({
  id: row.id,
  region: row.region,
  status: row.status,
  ...(row.running_since !== undefined && { runningSince: row.running_since }),
});

// Thousands of rows: what PostgreSQL answers to these very statements is taken at its word.
type StoredRow = { readonly bucket_id: string; readonly slot: number; readonly byte_ms: string };
type RanRow = {
  readonly file_system_id: string;
  readonly label: string;
  readonly micros_per_hour: bigint;
  readonly slot: number;
  readonly ms: string;
};

const storedOf = (row: StoredRow): Measured['stored'][number] => ({
  bucketId: row.bucket_id,
  slot: row.slot,
  byteMs: BigInt(row.byte_ms),
});

const ranOf = (row: RanRow): Measured['ran'][number] => ({
  fileSystemId: row.file_system_id,
  label: row.label,
  microsPerHour: row.micros_per_hour,
  slot: row.slot,
  ms: BigInt(row.ms),
});

const bindings = (account: string, edges: Edges, until: Instant) => ({
  account,
  start: edges.slice(0, 1).map(iso).join(),
  edges: `{${edges.map(iso).join(',')}}`,
  until: iso(until),
});

/** What accounts have used, summed where the meters' rows are. */
export const knexUsageReaders = (db: Knex): UsageReaders => {
  const rows = <Row>(sql: string, given: Readonly<Record<string, string>>) =>
    query(() => db.raw<{ rows: Row[] }>(sql, given)).map((answer) => answer.rows);
  return {
    resources: (account) =>
      rows<unknown>(RESOURCES, { account }).map((found) => {
        const resources = found.map((row) => Resource.parse(row));
        return {
          buckets: resources.flatMap((row) => (row.kind === 'bucket' ? [bucketOf(row)] : [])),
          fileSystems: resources.flatMap((row) => (row.kind === 'file_system' ? [fileSystemOf(row)] : [])),
        };
      }),
    stored: (account, edges, until) =>
      edges.length < 2
        ? okAsync([])
        : rows<StoredRow>(STORED, bindings(account, edges, until)).map((found) => found.map(storedOf)),
    ran: (account, edges, until) =>
      edges.length < 2
        ? okAsync([])
        : rows<RanRow>(RAN, bindings(account, edges, until)).map((found) => found.map(ranOf)),
  };
};
