import { DAY, type Instant, plus } from '../shared/time.js';
import { type Charge, chargesOf, GB_DAY, INSTANCE_HOUR, type Unit, type Use } from './charges.js';
import type { Currency } from './currency.js';
import { halfUp, type Money } from './money.js';
import { dateOf, overlap, type Period, starts } from './period.js';
import type { Price } from './price.js';
import type { Granularity, Slot } from './slots.js';

export type BucketStanding = {
  readonly id: string;
  readonly name: string;
  /** What the store calls it. */
  readonly bucketName: string;
  /** Deleted ones are known for the time that they lived. */
  readonly living: boolean;
  readonly bytes: number;
  readonly objects: number;
};

export type FileSystemStanding = {
  readonly id: string;
  readonly region: string;
  readonly status: string;
  /** Since when it has been running; undefined: it is not. */
  readonly runningSince?: Instant | undefined;
};

export type ChargeKind = 'storage' | 'filesystem';

export type UsageLine = Pick<Slot, 'date' | 'hour'> & {
  readonly kind: ChargeKind;
  readonly resourceId: string;
  readonly label: string;
  readonly unit: Unit;
  /** In what the unit is counted in. */
  readonly amount: bigint;
  readonly price: Price;
  readonly cost: Money;
};

export type UsageDay = {
  readonly date: string;
  readonly averageBytes: bigint;
  readonly storage: Money;
  readonly fileSystems: Money;
};

export type UsageReport = {
  readonly range: Period;
  readonly granularity: Granularity;
  readonly currency: Currency;
  readonly buckets: readonly BucketStanding[];
  readonly fileSystems: readonly (FileSystemStanding & { readonly runningMs: number })[];
  /** Every UTC day that the range touches. */
  readonly days: readonly UsageDay[];
  /** In the order of time; within a slot storage comes first. */
  readonly lines: readonly UsageLine[];
};

/** What was measured, for a report to be made of. */
export type Measured = {
  readonly range: Period;
  readonly granularity: Granularity;
  readonly currency: Currency;
  /** The moment of asking: nothing has been used after it. */
  readonly now: Instant;
  readonly slots: readonly Slot[];
  readonly buckets: readonly BucketStanding[];
  readonly fileSystems: readonly FileSystemStanding[];
  readonly stored: readonly { readonly bucketId: string; readonly slot: number; readonly byteMs: bigint }[];
  readonly ran: readonly {
    readonly fileSystemId: string;
    readonly label: string;
    readonly microsPerHour: bigint;
    readonly slot: number;
    readonly ms: bigint;
  }[];
};

/** The lines of the range itself, in the order of time. */
const linesOf = (
  slots: readonly Slot[],
  kinds: readonly (readonly [ChargeKind, Unit, readonly Charge[]])[],
): readonly UsageLine[] => {
  const bySlot: UsageLine[][] = slots.map(() => []);
  for (const [kind, unit, charges] of kinds)
    for (const charge of charges) {
      const slot = slots[charge.use.slot];
      if (slot?.reported) bySlot[charge.use.slot]?.push(lineOf(kind, unit, slot, charge));
    }
  return bySlot.flat();
};

const lineOf = (kind: ChargeKind, unit: Unit, { date, hour }: Slot, { use, cost }: Charge): UsageLine => ({
  date,
  hour,
  kind,
  resourceId: use.resourceId,
  label: use.label,
  unit,
  amount: use.amount,
  price: { micros: use.micros, currency: cost.currency },
  cost,
});

type Totals = { byteMs: bigint; storage: bigint; filesystem: bigint };

const dailyTotals = (lines: readonly UsageLine[]): ReadonlyMap<string, Totals> => {
  const totals = new Map<string, Totals>();
  for (const { date, kind, cost, amount } of lines) {
    const day = totals.get(date) ?? { byteMs: 0n, storage: 0n, filesystem: 0n };
    day[kind] += cost.amount;
    if (kind === 'storage') day.byteMs += amount;
    totals.set(date, day);
  }
  return totals;
};

const daysOf = ({ range, now, currency }: Measured, lines: readonly UsageLine[]): readonly UsageDay[] => {
  const totals = dailyTotals(lines);
  const passed = { start: range.start, end: now < range.end ? now : range.end };
  return starts(range, DAY).map((start) => {
    const date = dateOf(start);
    const ms = overlap(passed, { start, end: plus(start, DAY) });
    const { byteMs, storage, filesystem } = totals.get(date) ?? { byteMs: 0n, storage: 0n, filesystem: 0n };
    return {
      date,
      averageBytes: ms === 0 ? 0n : halfUp(byteMs, BigInt(ms)),
      storage: { amount: storage, currency },
      fileSystems: { amount: filesystem, currency },
    };
  });
};

const storageUses = ({ stored, buckets, slots }: Measured): readonly Use[] => {
  const names = new Map(buckets.map(({ id, name }) => [id, name]));
  return stored.map(({ bucketId, slot, byteMs }) => ({
    resourceId: bucketId,
    label: names.get(bucketId) ?? bucketId,
    slot,
    amount: byteMs,
    micros: slots[slot]?.storageMicros ?? 0n,
  }));
};

const fileSystemUses = ({ ran }: Measured): readonly Use[] =>
  ran.map(({ fileSystemId, label, microsPerHour, slot, ms }) => ({
    resourceId: fileSystemId,
    label,
    slot,
    amount: ms,
    micros: microsPerHour,
  }));

/** The report of what was measured. Whatever was used in the range has its line; the days sum them. */
export const usageReport = (measured: Measured): UsageReport => {
  const { range, granularity, currency, now, slots, buckets, fileSystems } = measured;
  const lines = linesOf(slots, [
    ['storage', GB_DAY, chargesOf(storageUses(measured), slots, GB_DAY, currency)],
    ['filesystem', INSTANCE_HOUR, chargesOf(fileSystemUses(measured), slots, INSTANCE_HOUR, currency)],
  ]);
  return {
    range,
    granularity,
    currency,
    buckets: buckets.filter(({ living }) => living),
    fileSystems: fileSystems.map((one) => ({
      ...one,
      runningMs: one.runningSince === undefined ? 0 : Math.max(0, now - one.runningSince),
    })),
    days: daysOf(measured, lines),
    lines,
  };
};
