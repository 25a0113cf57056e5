import { err, ok, type Result } from 'neverthrow';
import type { InvalidValue } from './refusals.js';

/** The largest number that every client can read. */
export const MOST = 9_007_199_254_740_991n;

type Bounds = { readonly field: InvalidValue['field']; readonly least: bigint; readonly most?: bigint };

/** A whole number within bounds; what is refused is refused by the name of its field. */
export const quantityOf = (
  given: number | bigint,
  { field, least, most = MOST }: Bounds,
): Result<bigint, InvalidValue> => {
  const invalid = (reason: string) => err({ kind: 'invalid_value' as const, field, reason });
  if (typeof given === 'number' && !Number.isInteger(given)) return invalid('It must be a whole number.');
  const value = BigInt(given);
  if (value < least) return invalid(`It must be at least ${least}.`);
  return value > most ? invalid(`It must be at most ${most}.`) : ok(value);
};
