import { okAsync, type ResultAsync } from 'neverthrow';
import type { AccountId } from '../../../domain/shared/ids.js';
import type { Instant } from '../../../domain/shared/time.js';
import { type SizeStep, type StorageHour, withSteps } from '../../../domain/storage/storage-hours.js';
import { NOTHING, type StorageSize, sum, type Turnover } from '../../../domain/storage/storage-size.js';
import type { MeteredBucket, StorageCount } from '../../../ports/storage/meter.js';
import type { MemoryTx } from '../kit/store.js';
import { idOf } from '../shared/rows.js';
import { TABLES } from './rows.js';

export type HourRow = StorageHour & { readonly accountId: AccountId; readonly bucketId: string };
export type SizeRow = StorageSize &
  MeteredBucket & { readonly ended: boolean; readonly countDueAt?: Instant | undefined };
export type CountRow = StorageCount & Turnover;
/** What a bucket gains or loses, on balance, at a moment. */
export type Move = MeteredBucket & SizeStep;

export const sizesIn = (tx: MemoryTx) => tx.table<SizeRow>(TABLES.storageSizes);
export const countsIn = (tx: MemoryTx) => tx.table<CountRow>(TABLES.storageCounts);

/** The bucket's row, be it new or not. */
export const sizeRow = (tx: MemoryTx, { accountId, bucketId }: MeteredBucket): ResultAsync<SizeRow, never> =>
  sizesIn(tx)
    .get(bucketId)
    .map((row) => row ?? { accountId, bucketId, ...NOTHING, ended: false });

/** One after the other, whatever each of them yields to. */
export const inTurn = <T>(
  all: readonly T[],
  work: (one: T) => ResultAsync<void, never>,
): ResultAsync<void, never> =>
  all.reduce<ResultAsync<void, never>>((done, one) => done.andThen(() => work(one)), okAsync(undefined));

const keepHours = (tx: MemoryTx, { accountId, bucketId, ...step }: Move): ResultAsync<void, never> => {
  const hours = tx.table<HourRow>(TABLES.storageHours);
  return hours.all().andThen((all) => {
    const own = all.filter((row) => row.bucketId === bucketId).sort((a, b) => a.hour - b.hour);
    return inTurn(withSteps(own, [step]), (row) =>
      hours.put(idOf(bucketId, row.hour), { ...row, accountId, bucketId }),
    );
  });
};

/** Sizes and hours after some moves; what comes after a bucket's end is not counted. */
export const record = (tx: MemoryTx, moves: readonly Move[]): ResultAsync<void, never> =>
  inTurn(moves, (move) =>
    sizeRow(tx, move).andThen((row) =>
      row.ended
        ? okAsync(undefined)
        : sizesIn(tx)
            .put(row.bucketId, { ...row, ...sum(row, move) })
            .andThen(() => keepHours(tx, move)),
    ),
  );
