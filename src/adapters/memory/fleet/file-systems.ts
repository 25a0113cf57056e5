import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { FileSystem } from '../../../domain/fleet/file-system.js';
import type { AccountId } from '../../../domain/shared/ids.js';
import type { FileSystems } from '../../../ports/fleet/unit-of-work.js';
import { NOT_FOUND, type NotFound, type StaleVersion } from '../../../ports/shared/failure.js';
import { tableWithPrivateColumns } from '../kit/private-columns.js';
import type { MemoryTx } from '../kit/store.js';
import { type FileSystemRow, isLiving, splitFileSystem, TABLES } from './rows.js';

const oldestFirst = (a: FileSystem, b: FileSystem): number =>
  a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);

/** File systems on one unit. */
export const memoryFileSystems = (tx: MemoryTx): FileSystems => {
  const fileSystems = tableWithPrivateColumns(tx, TABLES.fileSystems, splitFileSystem);
  const living = (account: AccountId, id: string): ResultAsync<FileSystem, NotFound> =>
    fileSystems
      .find(id)
      .andThen((found) =>
        found?.accountId === account && isLiving(found) ? okAsync(found) : errAsync(NOT_FOUND),
      );
  return {
    get: living,
    add: (fileSystem, secret) => fileSystems.insert(fileSystem, { secret }),
    save: (fileSystem) =>
      living(fileSystem.accountId, fileSystem.id)
        .mapErr((): StaleVersion => ({ kind: 'stale_version', id: fileSystem.id }))
        .andThen(() => fileSystems.update(fileSystem)),
    on: (account, gatewayId) =>
      tx
        .table<FileSystemRow>(TABLES.fileSystems)
        .all()
        .map((rows) =>
          rows
            .filter((row) => row.accountId === account && row.gatewayId === gatewayId && isLiving(row))
            .map((row) => splitFileSystem(row)[0])
            .sort(oldestFirst),
        ),
  };
};
