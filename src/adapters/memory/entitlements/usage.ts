import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { Count } from '../../../domain/entitlements/facts.js';
import { inOrder } from '../../../domain/entitlements/standing.js';
import type { Reservation, UsageRecord } from '../../../domain/entitlements/usage.js';
import { LIFETIME_START } from '../../../domain/entitlements/windows.js';
import type { AccountId } from '../../../domain/shared/ids.js';
import type { Instant } from '../../../domain/shared/time.js';
import type { Recorded, Usage, WindowStarts } from '../../../ports/entitlements/unit-of-work.js';
import { NOT_FOUND, type NotFound } from '../../../ports/shared/failure.js';
import type { MemoryTx } from '../kit/store.js';
import { idOf } from '../shared/rows.js';
import { inTurn } from '../storage/storage-ledger.js';
import { type CounterRow, type RecordRow, type ReservationRow, recordOf, TABLES, windowsIn } from './rows.js';

type Meant = Pick<CounterRow, 'accountId' | 'featureId'>;
const NONE: Count = { used: 0n, reserved: 0n };

const counterOf = (tx: MemoryTx, { accountId, featureId }: Meant) => {
  const rows = tx.table<CounterRow>(TABLES.counters);
  return ([kind, start]: readonly [CounterRow['kind'], Instant]) => {
    const id = idOf(accountId, kind, start, featureId);
    const get = () =>
      rows.get(id).map((row): CounterRow => row ?? { accountId, featureId, kind, start, ...NONE });
    return {
      get,
      add: ({ used, reserved }: Count) =>
        get().andThen((row) =>
          rows.put(id, { ...row, used: row.used + used, reserved: row.reserved + reserved }),
        ),
    };
  };
};

const addToAll = (
  tx: MemoryTx,
  meant: Meant,
  windows: WindowStarts,
  count: Count,
): ResultAsync<void, never> =>
  inTurn(windowsIn(windows), (window) => counterOf(tx, meant)(window).add(count));

const isSame = (a: UsageRecord, b: UsageRecord): boolean =>
  a.featureId === b.featureId && a.value === b.value && a.usedAt === b.usedAt;

const recordOne = (
  tx: MemoryTx,
  { record, windows }: Parameters<Usage['record']>[0][number],
): ResultAsync<Recorded, never> => {
  const rows = tx.table<RecordRow>(TABLES.records);
  const id = idOf(record.accountId, record.key);
  return rows.get(id).andThen((there): ResultAsync<Recorded, never> => {
    if (there !== undefined) return okAsync(isSame(there, record) ? 'again' : 'key_reused');
    return rows
      .put(id, { ...record, periodStart: windows.billing_period })
      .andThen(() => addToAll(tx, record, windows, { used: record.value, reserved: 0n }))
      .map(() => 'recorded');
  });
};

const isOver = ({ state, expiresAt }: Reservation, at: Instant): boolean =>
  state === 'held' && at >= expiresAt;

const over = (tx: MemoryTx, { windows, ...reservation }: ReservationRow, state: Reservation['state']) =>
  tx
    .table<ReservationRow>(TABLES.reservations)
    .put(idOf(reservation.accountId, reservation.id), { ...reservation, state, windows })
    .andThen(() => addToAll(tx, reservation, windows, { used: 0n, reserved: -reservation.amount }));

const plain = ({ windows: _, ...reservation }: ReservationRow): Reservation => reservation;

/** Records on one unit. */
const memoryRecords = (tx: MemoryTx): Pick<Usage, 'get' | 'byKeys' | 'history' | 'record'> => {
  const all = () => tx.table<RecordRow>(TABLES.records).all();
  return {
    get: (account, id) =>
      all().andThen((rows) => {
        const found = rows.find((row) => row.accountId === account && row.id === id);
        return found === undefined ? errAsync<UsageRecord, NotFound>(NOT_FOUND) : okAsync(recordOf(found));
      }),
    byKeys: (account, keys) =>
      all().map((rows) =>
        rows.filter((row) => row.accountId === account && keys.includes(row.key)).map(recordOf),
      ),
    history: (id) => all().map((rows) => inOrder(rows.filter((row) => row.id === id || row.corrects === id))),
    record: (rows) =>
      rows.reduce<ResultAsync<readonly Recorded[], never>>(
        (done, row) => done.andThen((before) => recordOne(tx, row).map((one) => [...before, one])),
        okAsync([]),
      ),
  };
};

/** What was used and what is set aside, on one unit. */
export const memoryUsage = (tx: MemoryTx): Usage => {
  const reservations = tx.table<ReservationRow>(TABLES.reservations);
  const find = (account: AccountId, id: string): ResultAsync<ReservationRow, NotFound> =>
    reservations
      .get(idOf(account, id))
      .andThen((row) => (row === undefined ? errAsync<ReservationRow, NotFound>(NOT_FOUND) : okAsync(row)));
  return {
    ...memoryRecords(tx),
    lock: (account, featureId, windows, at) => {
      const meant = { accountId: account, featureId };
      const counters = counterOf(tx, meant);
      return (
        reservations
          .all()
          .map((rows) => rows.filter((row) => row.accountId === account && row.featureId === featureId))
          .andThen((rows) =>
            inTurn(
              rows.filter((row) => isOver(row, at)),
              (row) => over(tx, row, 'expired'),
            ),
          )
          // Written to, so that of two who hold it at once one begins again.
          .andThen(() => counters(['lifetime', LIFETIME_START]).add(NONE))
          .andThen(() =>
            windowsIn(windows).reduce<ReturnType<Usage['lock']>>(
              (read, window) =>
                read.andThen((counts) =>
                  counters(window)
                    .get()
                    .map(({ used, reserved }) => ({ ...counts, [window[0]]: { used, reserved } })),
                ),
              okAsync({ day: NONE, month: NONE, billing_period: NONE, lifetime: NONE }),
            ),
          )
      );
    },
    reservation: (account, id) => find(account, id).map(plain),
    reserve: (reservation, windows) =>
      reservations
        .put(idOf(reservation.accountId, reservation.id), { ...reservation, windows })
        .andThen(() => addToAll(tx, reservation, windows, { used: 0n, reserved: reservation.amount })),
    settle: (account, id, state) =>
      reservations
        .get(idOf(account, id))
        .andThen((row) => (row?.state === 'held' ? over(tx, row, state).map(() => true) : okAsync(false))),
    windowsOf: (account, id) => find(account, id).map(({ windows }) => windows),
    crossed: (crossing) => {
      const { accountId, featureId, windowStart, percent, limit } = crossing;
      const rows = tx.table<typeof crossing>(TABLES.crossings);
      const id = idOf(accountId, featureId, windowStart, percent, String(limit));
      return rows
        .get(id)
        .andThen((there) => (there === undefined ? rows.put(id, crossing).map(() => true) : okAsync(false)));
    },
  };
};
