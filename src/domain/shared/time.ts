import type { Brand } from './brand.js';

/** A moment as milliseconds since the Unix epoch, UTC. */
export type Instant = Brand<number, 'Instant'>;
export const instant = (epochMs: number): Instant => epochMs as Instant;

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const EARLIEST = Date.UTC(1970, 0, 1);
const LATEST = Date.UTC(9999, 11, 31);
/** True in the years that every part of us can write. */
export const isWritable = (at: Instant): boolean => at >= EARLIEST && at <= LATEST;
export const UNWRITABLE = 'must lie between 1970 and 9999';

/** Half-open, as all periods. */
export type Stretch = { readonly from: Instant; readonly to: Instant };

/** The moment `ms` milliseconds after `at` (before it, when negative). */
export const plus = (at: Instant, ms: number): Instant => instant(at + ms);

/** RFC 3339 in UTC with milliseconds, the form every contract carries. */
export const iso = (at: Instant): string => new Date(at).toISOString();
