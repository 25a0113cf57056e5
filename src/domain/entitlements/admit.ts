import { err, ok, type Result } from 'neverthrow';
import { DAY, type Instant, MINUTE } from '../shared/time.js';
import type { WindowKind } from './allowance.js';
import type { AccountFacts } from './facts.js';
import { MOST, quantityOf } from './quantity.js';
import type { InvalidValue } from './refusals.js';
import { earliestOf, windowAt } from './windows.js';

/** Clocks may differ by so much. */
const AHEAD = 5 * MINUTE;
const BEHIND = 5 * MINUTE;
/** How late platform admins may be. */
const LATEST = 400 * DAY;
const LONGEST_KEY = 255;
/** Keys of what this server itself records. */
const OWN_KEY = /^(reservation|correction):/;

const invalid = (field: InvalidValue['field'], reason: string) =>
  err({ kind: 'invalid_value' as const, field, reason });

/** What was used: nothing less than 1, but for those who may take it back. */
export const usedValue = (
  given: number | bigint,
  { unbound }: { readonly unbound: boolean },
): Result<bigint, InvalidValue> =>
  quantityOf(given, { field: 'value', least: unbound ? -MOST : 1n }).andThen((value) =>
    value === 0n ? invalid('value', 'It must not be 0.') : ok(value),
  );

type Timing = Pick<AccountFacts, 'period' | 'asOf'>;

/** What has no window of its own that could be over is held to those that it is told in. */
const earliestIn = (window: WindowKind | undefined, { period, asOf: now }: Timing): Instant =>
  window === undefined || window === 'lifetime'
    ? earliestOf(period, now)
    : windowAt(window, period, now).start;

/**
 * When it was used: neither in the future, nor before the window that its feature counts in. Clocks differ and batches
 * wait, so what is just over is taken.
 */
export const usedMoment = (
  given: Instant | undefined,
  timing: Timing,
  { unbound, window }: { readonly unbound: boolean; readonly window?: WindowKind | undefined },
): Result<Instant, InvalidValue> => {
  const { asOf: now } = timing;
  if (given === undefined) return ok(now);
  if (given > now + AHEAD) return invalid('used_at', 'It lies in the future.');
  const earliest = unbound ? now - LATEST : Math.min(earliestIn(window, timing), now - BEHIND);
  return given < earliest ? invalid('used_at', 'What it would count in is over.') : ok(given);
};

/** The key of a client. */
export const usageKey = (given: string): Result<string, InvalidValue> => {
  if (given === '' || given.length > LONGEST_KEY)
    return invalid('key', `It must have from 1 to ${LONGEST_KEY} characters.`);
  return OWN_KEY.test(given) ? invalid('key', 'Keys of this form are the server’s own.') : ok(given);
};
