import { okAsync, type ResultAsync } from 'neverthrow';
import type { AccountId } from '../../../domain/shared/ids.js';
import { type Instant, plus } from '../../../domain/shared/time.js';
import { type Around, LAPSES_AFTER } from '../../../domain/storage/allotment.js';
import { NOTHING, type StorageSize, sum } from '../../../domain/storage/storage-size.js';
import type { AccountRoom, RoomOf, StorageAllotments } from '../../../ports/storage/allotments.js';
import type { MemoryStore, MemoryTx } from '../kit/store.js';
import { idOf } from '../shared/rows.js';
import { TABLES } from './rows.js';
import { inTurn, sizesIn } from './storage-ledger.js';

type AllotmentRow = AccountRoom & { readonly holder: string; readonly renewedAt: Instant };

const allotmentsIn = (tx: MemoryTx) => tx.table<AllotmentRow>(TABLES.storageAllotments);

const sized = ({ bytes, objects }: StorageSize): StorageSize => ({
  bytes: Math.max(bytes, 0),
  objects: Math.max(objects, 0),
});

const write = (tx: MemoryTx, row: AllotmentRow): ResultAsync<void, never> => {
  const id = idOf(row.accountId, row.holder);
  return row.bytes === 0 && row.objects === 0 ? allotmentsIn(tx).remove(id) : allotmentsIn(tx).put(id, row);
};

/** Takes what is counted off what was set aside for it. */
export const spend = (
  tx: MemoryTx,
  { holder, rooms }: RoomOf = { holder: '', rooms: [] },
): ResultAsync<void, never> =>
  inTurn(rooms, ({ accountId, bytes, objects }) => {
    const id = idOf(accountId, holder);
    return allotmentsIn(tx)
      .get(id)
      .andThen((row) =>
        row === undefined
          ? okAsync(undefined)
          : allotmentsIn(tx).put(id, {
              ...row,
              ...sized({ bytes: row.bytes - bytes, objects: row.objects - objects }),
            }),
      );
  });

const AROUND = 'grants of storage';

/** All of an account that is there at a moment; whoever grants by it writes AROUND, so that of two at once one does it again. */
const around = (
  tx: MemoryTx,
  { accountId, holder }: { readonly accountId: AccountId; readonly holder: string },
  since: Instant,
): ResultAsync<Around, never> =>
  sizesIn(tx)
    .all()
    .andThen((sizes) =>
      allotmentsIn(tx)
        .all()
        .map((all) => {
          const live = all.filter((row) => row.accountId === accountId && row.renewedAt > since);
          const own = live.find((row) => row.holder === holder);
          return {
            counted: sizes
              .filter((row) => row.accountId === accountId)
              .map(sized)
              .reduce(sum, NOTHING),
            others: live.filter((row) => row !== own).reduce(sum, NOTHING),
            own: own && sized(own),
          };
        }),
    );

/** Room that processes have set aside, on a memory store. */
export const memoryStorageAllotments = (store: MemoryStore): StorageAllotments => ({
  grant: (of, at, plan) =>
    store.run((tx) =>
      around(tx, of, plus(at, -LAPSES_AFTER)).andThen((known) => {
        const planned = plan(known);
        if (!planned.allotment) return okAsync(planned);
        return write(tx, { ...of, ...planned.allotment, renewedAt: at })
          .andThen(() => tx.table(AROUND).put(of.accountId, { at }))
          .map(() => planned);
      }),
    ),
  keep: ({ holder, rooms }, at) =>
    store.run((tx) =>
      inTurn(rooms, ({ accountId, bytes, objects }) =>
        write(tx, { accountId, holder, bytes, objects, renewedAt: at }),
      ),
    ),
});
