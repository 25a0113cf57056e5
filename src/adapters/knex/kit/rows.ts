import * as z from 'zod';
import { instant } from '../../../domain/shared/time.js';

/** timestamptz, which pg gives as a Date. Written back with the domain's `iso`. */
export const timestamptz = z.date().transform((date) => instant(date.getTime()));

/** int8, which our connections give as a bigint, where the number is known to be exact. */
export const int8 = z
  .bigint()
  .refine((value) => Number.isSafeInteger(Number(value)), 'beyond what a number holds exactly')
  .transform(Number);

/** A nullable column as an optional field. */
export const nullable = <S extends z.ZodType>(schema: S) =>
  schema.nullable().transform((value) => value ?? undefined);

/** jsonb is sent as text: pg would turn a bare array into a PostgreSQL array. */
export const json = (value: unknown): string => JSON.stringify(value);

/** An array of what needs no quotes, uuids and whole numbers, as text: pg would look at each for what to escape. */
export const plainArray = (values: readonly (string | bigint | number)[]): string => `{${values.join(',')}}`;
