import type { Knex } from 'knex';
import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import * as z from 'zod';
import type { AccountId } from '../../../domain/shared/ids.js';
import { iso } from '../../../domain/shared/time.js';
import { type Bucket, type BucketStatus, lifecycle } from '../../../domain/storage/bucket.js';
import {
  NOT_FOUND,
  type NotFound,
  type StaleVersion,
  type Unavailable,
} from '../../../ports/shared/failure.js';
import type { Sealed } from '../../../ports/shared/sealer.js';
import type { BucketMounted, BucketNameTaken, Buckets } from '../../../ports/storage/unit-of-work.js';
import { query } from '../kit/query.js';
import { timestamptz } from '../kit/rows.js';

const Row = z.object({
  id: z.string(),
  version: z.number(),
  account_id: z.string().transform((id) => id as AccountId),
  name: z.string(),
  bucket_name: z.string(),
  region: z.string(),
  access_key_id: z.string(),
  status: z.enum(Object.keys(lifecycle) as [BucketStatus]),
  created_at: timestamptz,
  updated_at: timestamptz,
});
const Secret = z.object({ secret_access_key: z.string().transform((text) => text as Sealed) });

/** What `bucketOf` wants to see of a row. */
export const BUCKET_COLUMNS: readonly string[] = Object.keys(Row.shape);

/** A row of `buckets` as the domain sees it: without its secret. */
export const bucketOf = (row: unknown): Bucket => {
  const r = Row.parse(row);
  return {
    id: r.id,
    version: r.version,
    accountId: r.account_id,
    name: r.name,
    bucketName: r.bucket_name,
    region: r.region,
    accessKeyId: r.access_key_id,
    status: r.status,
    createdAt: r.created_at,
    updatedAt: r.updated_at,
  };
};

/** The sealed secret of the same row. */
export const secretOf = (row: unknown): Sealed => Secret.parse(row).secret_access_key;

const toRow = (bucket: Bucket) => ({
  id: bucket.id,
  version: bucket.version,
  account_id: bucket.accountId,
  name: bucket.name,
  bucket_name: bucket.bucketName,
  region: bucket.region,
  access_key_id: bucket.accessKeyId,
  status: bucket.status,
  created_at: iso(bucket.createdAt),
  updated_at: iso(bucket.updatedAt),
});

/** The living buckets of one account: every statement goes through here. */
export const livingIn = (db: Knex, account: AccountId): Knex.QueryBuilder =>
  db('buckets').where({ account_id: account }).whereNot({ status: 'deleted' });

const stale = (id: string): StaleVersion => ({ kind: 'stale_version', id });

/** The row that is to be saved, as long as it has the version that was read. */
const versionOf = (db: Knex, { accountId, id, version }: Bucket): Knex.QueryBuilder =>
  livingIn(db, accountId).where({ id, version });

const whyNotRetired = (
  trx: Knex,
  bucket: Bucket,
): ResultAsync<never, BucketMounted | StaleVersion | Unavailable> =>
  query(() => versionOf(trx, bucket).first('id')).andThen((row) =>
    errAsync<never, BucketMounted | StaleVersion>(
      row === undefined ? stale(bucket.id) : { kind: 'bucket_mounted' },
    ),
  );

/** Managed buckets on one transaction; among the living ones of an account a name is unique. */
export const knexBuckets = (trx: Knex): Buckets => ({
  get: (account, id) =>
    query(() => livingIn(trx, account).where({ id }).first()).andThen((row) =>
      row === undefined ? errAsync<Bucket, NotFound>(NOT_FOUND) : okAsync(bucketOf(row)),
    ),
  add: (bucket, secret) =>
    query(() =>
      trx('buckets')
        .insert({ ...toRow(bucket), secret_access_key: secret })
        .onConflict(trx.raw("(account_id, name) where status <> 'deleted'"))
        .ignore()
        .returning('id'),
    ).andThen((added) =>
      added.length === 0
        ? errAsync<void, BucketNameTaken>({ kind: 'bucket_name_taken' })
        : okAsync(undefined),
    ),
  save: (bucket) =>
    query(() =>
      versionOf(trx, bucket)
        .update({ ...toRow(bucket), version: bucket.version + 1 })
        .returning('*'),
    ).andThen(([row]) =>
      row === undefined ? errAsync<Bucket, StaleVersion>(stale(bucket.id)) : okAsync(bucketOf(row)),
    ),
  retire: (bucket) =>
    query(() =>
      versionOf(trx, bucket)
        .whereNotExists(trx('bucket_mounts').where({ bucket_id: bucket.id }))
        .update({ ...toRow(bucket), status: 'deleting', version: bucket.version + 1 })
        .returning('*'),
    ).andThen(([row]) => (row === undefined ? whyNotRetired(trx, bucket) : okAsync(bucketOf(row)))),
});
