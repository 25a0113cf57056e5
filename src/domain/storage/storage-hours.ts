import { HOUR, type Instant, instant } from '../shared/time.js';
import { NOTHING, type StorageSize, sum } from './storage-size.js';

/**
 * One hour of one bucket. `byteMs` is the integral of its bytes over the milliseconds from the hour's start (of a
 * bucket's first hour: from its first moment) to `lastAt`; from then on the size holds until the next row begins.
 */
export type StorageHour = StorageSize & {
  readonly hour: Instant;
  readonly byteMs: bigint;
  readonly lastAt: Instant;
};
/** A size changes by this much at a moment. */
export type SizeStep = StorageSize & { readonly at: Instant };

export const hourOf = (at: Instant): Instant => instant(Math.floor(at / HOUR) * HOUR);

const over = (bytes: number, ms: number): bigint => BigInt(bytes) * BigInt(ms);

/** The row of an hour that had none: it begins with what the one before it ended with. */
const begun = (before: StorageHour | undefined, at: Instant): StorageHour => {
  const hour = hourOf(at);
  const { bytes, objects } = before ?? NOTHING;
  return { hour, byteMs: 0n, bytes, objects, lastAt: before ? hour : at };
};

const stepped = (row: StorageHour, { at, bytes, objects }: SizeStep): StorageHour => {
  const size = sum(row, { bytes, objects });
  return at < row.lastAt
    ? { ...row, ...size, byteMs: row.byteMs + over(bytes, row.lastAt - at) }
    : { ...row, ...size, byteMs: row.byteMs + over(row.bytes, at - row.lastAt), lastAt: at };
};

/** A later hour: the change was there all along. */
const raised = (row: StorageHour, { bytes, objects }: SizeStep): StorageHour => ({
  ...row,
  ...sum(row, { bytes, objects }),
  byteMs: row.byteMs + over(bytes, row.lastAt - row.hour),
});

const withStep = (rows: readonly StorageHour[], step: SizeStep): readonly StorageHour[] => {
  const hour = hourOf(step.at);
  const before = rows.filter((row) => row.hour < hour);
  const row = rows.find((one) => one.hour === hour) ?? begun(before.at(-1), step.at);
  const after = rows.filter((one) => one.hour > hour);
  return [...before, stepped(row, step), ...after.map((one) => raised(one, step))];
};

/**
 * A bucket's rows after some changes, in whatever order they come. `rows` are in order and go back at least to the
 * last one before the first change. Every change adds to the integrals for itself, so batches may be cut anywhere.
 */
export const withSteps = (rows: readonly StorageHour[], steps: readonly SizeStep[]): readonly StorageHour[] =>
  steps.reduce(withStep, rows);
