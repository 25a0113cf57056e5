import { err, ok, type Result } from 'neverthrow';

/** A field of a connection that cannot be accepted. The reason never repeats what was sent. */
export type InvalidConnection = {
  readonly kind: 'invalid_connection';
  readonly field: string;
  readonly reason: string;
};
export const refuse = (field: string, reason: string): Result<never, InvalidConnection> =>
  err({ kind: 'invalid_connection', field, reason });

/** What is empty was not given: that is how many clients leave a field out. */
export const given = (value: string | undefined): string | undefined => (value === '' ? undefined : value);

/** A value, and the field it came in. */
export type Told = { readonly field: string; readonly value?: string | undefined };

/** The one value of two fields: told once, or twice the same. */
export const agreed = (one: Told, other: Told): Result<string | undefined, InvalidConnection> => {
  const [first, second] = [given(one.value), given(other.value)];
  return first !== undefined && second !== undefined && first !== second
    ? refuse(other.field, `is another one than ${one.field}`)
    : ok(first ?? second);
};

/** A value that must be there and be spelled like this. */
export const told =
  (field: string, pattern: RegExp) =>
  (value: string | undefined): Result<string, InvalidConnection> => {
    if (value === undefined) return refuse(field, 'is needed, here or in the spec');
    return pattern.test(value) ? ok(value) : refuse(field, 'is not one that a store would give out');
  };
