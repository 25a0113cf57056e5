import { errAsync, okAsync } from 'neverthrow';
import type { Source } from '../../../domain/fleet/file-system.js';
import type { AccountId } from '../../../domain/shared/ids.js';
import type { Mounts, SourceGone, SourceUnusable } from '../../../ports/fleet/unit-of-work.js';
import type { MemoryTx } from '../kit/store.js';
import {
  type BucketMountRow,
  type BucketRow,
  type ConnectionRow,
  type MountRow,
  TABLES,
} from '../storage/rows.js';

type Row = BucketRow | ConnectionRow;

const unusable = ({ kind }: Source, { status }: Row): SourceUnusable | undefined => {
  const isUsable = kind === 'bucket' ? status === 'active' : status !== 'invalid';
  return isUsable ? undefined : { kind: 'source_not_ready', reason: `the ${kind} is ${status}` };
};

const partsOf = ({ kind, id }: Source, fileSystemId: string) =>
  kind === 'bucket'
    ? { sources: TABLES.buckets, mounts: TABLES.bucketMounts, row: { bucketId: id, fileSystemId } }
    : { sources: TABLES.connections, mounts: TABLES.mounts, row: { connectionId: id, fileSystemId } };

/** What file systems show, on one unit. */
export const memoryMounts = (tx: MemoryTx): Mounts => {
  const find = (account: AccountId, source: Source, fileSystemId: string) =>
    tx
      .table<Row>(partsOf(source, fileSystemId).sources)
      .get(source.id)
      .andThen((row) =>
        row === undefined || row.accountId !== account || row.status === 'deleted'
          ? errAsync<Row, SourceGone>({ kind: 'source_not_found' })
          : okAsync(row),
      );
  return {
    mount: (account, source, fileSystemId) => {
      const { sources, mounts, row } = partsOf(source, fileSystemId);
      return find(account, source, fileSystemId).andThen((found) => {
        const reason = unusable(source, found);
        if (reason !== undefined) return errAsync<void, SourceUnusable>(reason);
        // Written as it is: of this unit and one that deletes the source, the second to commit runs again.
        return tx
          .table<Row>(sources)
          .put(source.id, found)
          .andThen(() => tx.table<BucketMountRow | MountRow>(mounts).put(fileSystemId, row));
      });
    },
    unmount: (account, source, fileSystemId) =>
      find(account, source, fileSystemId)
        .andThen(() => tx.table(partsOf(source, fileSystemId).mounts).remove(fileSystemId))
        .orElse(() => okAsync(undefined)),
  };
};
