import { overlap, type Period } from '../../../domain/billing/period.js';
import type { BucketStanding, FileSystemStanding, Measured } from '../../../domain/billing/usage-report.js';
import type { AccountId } from '../../../domain/shared/ids.js';
import type { Instant } from '../../../domain/shared/time.js';
import type { Bucket } from '../../../domain/storage/bucket.js';
import type { Edges, UsageReaders } from '../../../ports/billing/usage-readers.js';
import { type FileSystemRow, TABLES as FLEET, type IntervalRow, isLiving } from '../fleet/rows.js';
import type { MemoryLook, MemoryStore } from '../kit/store.js';
import { TABLES as STORAGE } from '../storage/rows.js';
import type { HourRow } from '../storage/storage-ledger.js';

const byId = (a: { readonly id: string }, b: { readonly id: string }): number => (a.id < b.id ? -1 : 1);

const slotsIn = (edges: Edges): readonly Period[] =>
  edges.slice(1).map((end, at) => ({ start: edges[at] ?? end, end }));

/** Of an amount that is spread evenly over `stretch`, what lies in `slot`; parts sum to the amount. */
const share = (amount: bigint, stretch: Period, slot: Period): bigint => {
  const whole = BigInt(stretch.end - stretch.start);
  if (whole <= 0n) return 0n;
  const until = (at: Instant): bigint =>
    (amount * BigInt(Math.min(Math.max(at, stretch.start), stretch.end) - stretch.start)) / whole;
  return until(slot.end) - until(slot.start);
};

type Stretch = Period & { readonly amount: bigint };

/** What a row of the meter tells of: its hour to its last moment, and from there to the next row. */
const stretchesOf = (row: HourRow, next: Instant): readonly Stretch[] => [
  { start: row.hour, end: row.lastAt, amount: row.byteMs },
  { start: row.lastAt, end: next, amount: BigInt(row.bytes) * BigInt(Math.max(0, next - row.lastAt)) },
];

// After a crash the meter may be below nothing until the bucket is listed again: that is nobody's credit.
const storedOf = (
  bucketId: string,
  rows: readonly HourRow[],
  edges: Edges,
  until: Instant,
): Measured['stored'] => {
  const hours = rows
    .filter((row) => row.bucketId === bucketId && row.hour < until)
    .sort((a, b) => a.hour - b.hour);
  const stretches = hours
    .flatMap((row, at) => stretchesOf(row, hours[at + 1]?.hour ?? until))
    .filter(({ amount }) => amount > 0n);
  return slotsIn(edges)
    .map((slot, at) => ({
      bucketId,
      slot: at,
      byteMs: stretches.reduce((sum, stretch) => sum + share(stretch.amount, stretch, slot), 0n),
    }))
    .filter(({ byteMs }) => byteMs > 0n);
};

type Ran = Measured['ran'][number];
const sameRun = (a: Ran, b: Ran): boolean =>
  a.fileSystemId === b.fileSystemId &&
  a.slot === b.slot &&
  a.label === b.label &&
  a.microsPerHour === b.microsPerHour;

const inOrder = (a: Ran, b: Ran): number => {
  if (a.fileSystemId !== b.fileSystemId) return a.fileSystemId < b.fileSystemId ? -1 : 1;
  if (a.slot !== b.slot) return a.slot - b.slot;
  if (a.label !== b.label) return a.label < b.label ? -1 : 1;
  return a.microsPerHour < b.microsPerHour ? -1 : 1;
};

const ranOf = (rows: readonly IntervalRow[], edges: Edges, until: Instant): Measured['ran'] => {
  const runs = rows.flatMap((row) =>
    slotsIn(edges).map((slot, at): Ran => {
      const ran = { start: row.startedAt, end: Math.min(row.endedAt ?? until, until) as Instant };
      const { fileSystemId, label, microsPerHour } = row;
      return { fileSystemId, label, microsPerHour, slot: at, ms: BigInt(overlap(ran, slot)) };
    }),
  );
  const sums: Ran[] = [];
  for (const run of runs.filter(({ ms }) => ms > 0n)) {
    const at = sums.findIndex((sum) => sameRun(sum, run));
    const sum = sums[at];
    if (sum === undefined) sums.push(run);
    else sums[at] = { ...sum, ms: sum.ms + run.ms };
  }
  return sums.sort(inOrder);
};

const bucketsOf = (at: MemoryLook, account: AccountId): readonly BucketStanding[] =>
  at<Bucket>(STORAGE.buckets)
    .all()
    .filter((bucket) => bucket.accountId === account)
    .sort(byId)
    .map(({ id, name, bucketName, status }) => {
      const latest = at<HourRow>(STORAGE.storageHours)
        .all()
        .filter((row) => row.bucketId === id)
        .sort((a, b) => b.hour - a.hour)[0];
      const [bytes, objects] = [Math.max(0, latest?.bytes ?? 0), Math.max(0, latest?.objects ?? 0)];
      return { id, name, bucketName, living: status !== 'deleted', bytes, objects };
    });

const fileSystemsOf = (at: MemoryLook, account: AccountId): readonly FileSystemStanding[] =>
  at<FileSystemRow>(FLEET.fileSystems)
    .all()
    .filter((one) => one.accountId === account && isLiving(one))
    .sort(byId)
    .map(({ id, region, status }) => {
      const open = at<IntervalRow>(FLEET.intervals)
        .all()
        .find((row) => row.fileSystemId === id && row.endedAt === undefined);
      return { id, region, status, ...(open && { runningSince: open.startedAt }) };
    });

/** What accounts have used, from the tables that the meters write. */
export const memoryUsageReaders = (store: MemoryStore): UsageReaders => ({
  resources: (account) =>
    store.look((at) => ({ buckets: bucketsOf(at, account), fileSystems: fileSystemsOf(at, account) })),
  stored: (account, edges, until) =>
    store.look((at) => {
      const hours = at<HourRow>(STORAGE.storageHours).all();
      return bucketsOf(at, account).flatMap(({ id }) => storedOf(id, hours, edges, until));
    }),
  ran: (account, edges, until) =>
    store.look((at) =>
      ranOf(
        at<IntervalRow>(FLEET.intervals)
          .all()
          .filter((row) => row.accountId === account),
        edges,
        until,
      ),
    ),
});
