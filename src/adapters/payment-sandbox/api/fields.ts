import { err, ok, type Result } from 'neverthrow';
import * as z from 'zod';
import type { Nested } from './form.js';
import { invalid, type Refusal } from './refusal.js';

/** Numbers and booleans are text in a form; lists are objects with the keys 0, 1, 2 …. */
export const Whole = z
  .string()
  .regex(/^-?\d{1,12}$/)
  .transform(Number);
export const Flag = z.enum(['true', 'false']).transform((text) => text === 'true');
export const Text = z.string().min(1).max(5_000);
export const Metadata = z
  .record(z.string().min(1).max(40), z.string().max(500))
  .refine((labels) => Object.keys(labels).length <= 50, 'at most 50 keys');

/** An empty string takes a field away, in updates. */
export const orNothing = <T extends z.ZodType>(field: T) =>
  z.union([z.literal('').transform(() => null), field]);

/** A list, whatever its indexes are, in their order. */
export const listOf = <T extends z.ZodType>(item: T, most = 20) =>
  z
    .record(z.string().regex(/^\d{1,3}$/), item)
    .transform((found) =>
      Object.entries(found)
        .sort(([a], [b]) => Number(a) - Number(b))
        .map(([, value]) => value as z.output<T>),
    )
    .refine((found) => found.length <= most, `at most ${most}`);

/** What every list takes. */
export const PAGE = {
  limit: Whole.pipe(z.number().min(1).max(100)).default(10),
  starting_after: Text.optional(),
  ending_before: Text.optional(),
};

/** `created` as a moment or as bounds. */
export const Created = z.union([
  Whole.transform((at) => ({ gte: at, lte: at })),
  z.strictObject({
    gt: Whole.optional(),
    gte: Whole.optional(),
    lt: Whole.optional(),
    lte: Whole.optional(),
  }),
]);

const EXPAND = { expand: listOf(Text).optional() };

const nameOf = (path: readonly PropertyKey[]): string =>
  path.map((part, index) => (index === 0 ? String(part) : `[${String(part)}]`)).join('');

const refusalOf = (issue: z.core.$ZodIssue): Refusal => {
  if (issue.code === 'unrecognized_keys') {
    const param = nameOf([...issue.path, ...issue.keys.slice(0, 1)]);
    return invalid(`Received unknown parameter: ${param}`, { code: 'parameter_unknown', param });
  }
  const param = nameOf(issue.path);
  return issue.code === 'invalid_type' && issue.input === undefined
    ? invalid(`Missing required param: ${param}.`, { code: 'parameter_missing', param })
    : invalid(`Invalid value for ${param}: ${issue.message}`, { code: 'parameter_invalid', param });
};

/** Fields that are not there are not let pass in silence: a call that the sandbox does not fully know is refused. */
export const readFields = <S extends z.ZodRawShape>(
  shape: S,
  form: Nested,
): Result<z.output<z.ZodObject<S & typeof EXPAND>>, Refusal> => {
  const parsed = z.strictObject({ ...shape, ...EXPAND }).safeParse(form, { reportInput: true });
  if (parsed.success) return ok(parsed.data as z.output<z.ZodObject<S & typeof EXPAND>>);
  const [first] = parsed.error.issues;
  return err(first ? refusalOf(first) : invalid('Invalid request.'));
};
