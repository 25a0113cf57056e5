import { errAsync, okAsync } from 'neverthrow';
import type { Bucket } from '../../../domain/storage/bucket.js';
import { NOT_FOUND, type NotFound } from '../../../ports/shared/failure.js';
import type { StorageReaders } from '../../../ports/storage/unit-of-work.js';
import { TABLES as ACCOUNTS, type AccountRow } from '../accounts/rows.js';
import { keyset } from '../kit/keyset.js';
import type { MemoryStore } from '../kit/store.js';
import { memoryLinkStanding } from './links.js';
import { type BucketRow, type ConnectionRow, splitBucket, splitConnection, TABLES } from './rows.js';

/** Committed buckets and connections, of one account unless a key tells of which. */
export const memoryStorageReaders = (store: MemoryStore): StorageReaders => {
  const buckets = store.read<BucketRow>(TABLES.buckets);
  const connections = store.read<ConnectionRow>(TABLES.connections);
  return {
    bucket: (account, id) =>
      buckets.get(id).andThen((row) => {
        if (row === undefined || row.accountId !== account || row.status === 'deleted')
          return errAsync<never, NotFound>(NOT_FOUND);
        const [bucket, { secret }] = splitBucket(row);
        return okAsync({ bucket, secret });
      }),
    bucketByAccessKey: (accessKeyId) =>
      store
        .look((at) => {
          const row = at<BucketRow>(TABLES.buckets)
            .all()
            .find((one) => one.accessKeyId === accessKeyId && one.status !== 'deleted');
          const account = row && at<AccountRow>(ACCOUNTS.accounts).get(row.accountId);
          return account && account.deletedAt === undefined ? row : undefined;
        })
        .andThen((row) => {
          if (row === undefined) return errAsync<never, NotFound>(NOT_FOUND);
          const [bucket, { secret }] = splitBucket(row);
          return okAsync({ bucket, secret });
        }),
    bucketIn: (resource) => resource as unknown as Bucket | undefined,
    bucketsOf: (account, page) =>
      buckets.all().map((rows) =>
        keyset(
          rows
            .filter((row) => row.accountId === account && row.status !== 'deleted')
            .map((row) => splitBucket(row)[0]),
          page,
          ({ id }) => id,
        ),
      ),
    connection: (account, id) =>
      connections.get(id).andThen((row) => {
        if (row?.accountId !== account) return errAsync<never, NotFound>(NOT_FOUND);
        const [connection, { secret }] = splitConnection(row);
        return okAsync({ connection, secret });
      }),
    connectionWithKey: (account, id) =>
      store
        .look((at) => {
          const row = at<ConnectionRow>(TABLES.connections).get(id);
          const dataKey = at<AccountRow>(ACCOUNTS.accounts).get(account)?.dataKey;
          return row?.accountId === account && dataKey !== undefined ? { row, dataKey } : undefined;
        })
        .andThen((found) => {
          if (found === undefined) return errAsync<never, NotFound>(NOT_FOUND);
          const [connection, { secret }] = splitConnection(found.row);
          return okAsync({ connection, secret, dataKey: found.dataKey });
        }),
    connectionsOf: (account, page) =>
      connections.all().map((rows) =>
        keyset(
          rows.filter((row) => row.accountId === account).map((row) => splitConnection(row)[0]),
          page,
          ({ id }) => id,
        ),
      ),
    linkStanding: memoryLinkStanding(store),
  };
};
