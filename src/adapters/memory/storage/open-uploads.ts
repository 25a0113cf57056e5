import { okAsync, type ResultAsync } from 'neverthrow';
import type { AccountId } from '../../../domain/shared/ids.js';
import type { Instant } from '../../../domain/shared/time.js';
import type { JournaledUpload, OpenUploads, UploadOwner } from '../../../ports/storage/open-uploads.js';
import type { MemoryStore, MemoryTx } from '../kit/store.js';

type Row = { readonly upload: JournaledUpload; readonly dueAt: Instant };

const TABLE = 'open_uploads';
const rows = (tx: MemoryTx) => tx.table<Row>(TABLE);

const longestDueFirst = (a: Row, b: Row): number => a.dueAt - b.dueAt || (a.upload.id < b.upload.id ? -1 : 1);

const isBehind = (owner: UploadOwner, account: AccountId, connectionId: string): boolean =>
  owner.kind === 'connection' && owner.accountId === account && owner.connectionId === connectionId;

const putAll = (tx: MemoryTx, changed: readonly Row[]): ResultAsync<void, never> =>
  changed.reduce<ResultAsync<void, never>>(
    (written, row) => written.andThen(() => rows(tx).put(row.upload.id, row)),
    okAsync(undefined),
  );

/** The journal of open uploads on a memory store. */
export const memoryOpenUploads = (store: MemoryStore): OpenUploads => ({
  begin: (upload, dueAt) => store.run((tx) => rows(tx).put(upload.id, { upload, dueAt })),
  renew: (ids, dueAt) =>
    store.run((tx) =>
      rows(tx)
        .all()
        .andThen((all) =>
          putAll(
            tx,
            all
              .filter((row) => ids.includes(row.upload.id) && row.dueAt < dueAt)
              .map((row) => ({ ...row, dueAt })),
          ),
        ),
    ),
  end: (id) => store.run((tx) => rows(tx).remove(id)),
  claim: (at, again, limit) =>
    store.run((tx) =>
      rows(tx)
        .all()
        .andThen((all) => {
          const due = all
            .filter((row) => row.dueAt <= at)
            .sort(longestDueFirst)
            .slice(0, limit);
          return putAll(
            tx,
            due.map((row) => ({ ...row, dueAt: again })),
          ).map(() => due.map(({ upload }) => upload));
        }),
    ),
  ofConnection: (account, connectionId, limit) =>
    store.run((tx) =>
      rows(tx)
        .all()
        .map((all) =>
          all
            .map(({ upload }) => upload)
            .filter(({ owner }) => isBehind(owner, account, connectionId))
            .sort((a, b) => a.begunAt - b.begunAt || (a.id < b.id ? -1 : 1))
            .slice(0, limit),
        ),
    ),
});
