import { err, ok, type Result } from 'neverthrow';
import { failure, type S3Failure } from './errors.js';
import { parameter, type Query } from './target.js';

type Bounds = { readonly min: number; readonly max: number };

/** A whole number of the query; more than `cap` counts as `cap`, as S3 has it with page sizes. */
export const numberOf = (
  query: Query,
  name: string,
  fallback: number,
  { min, max }: Bounds,
  cap = max,
): Result<number, S3Failure> => {
  const text = parameter(query, name);
  if (text === undefined || text === '') return ok(fallback);
  const value = Number(text);
  return /^\d{1,10}$/.test(text) && value >= min && value <= max
    ? ok(Math.min(value, cap))
    : err(failure('invalid_argument', `${name} must be a whole number from ${min} to ${max}.`));
};

export const PAGE = { min: 0, max: 2_147_483_647 };
export const MOST_ENTRIES = 1_000;
export const PART_NUMBERS = { min: 1, max: 10_000 };
