import type { Result } from 'neverthrow';
import type * as z from 'zod';
import type { World } from '../world.js';
import { readFields } from './fields.js';
import type { Nested } from './form.js';
import type { Refusal } from './refusal.js';

/** One call of Stripe's API, whatever its fields are. */
export type Endpoint = {
  readonly method: string;
  readonly path: RegExp;
  readonly run: (world: World, id: string, form: Nested) => Result<object, Refusal>;
};

type At = `${'GET' | 'POST' | 'DELETE'} /v1/${string}`;

/** Declares a call: its path with at most one `:id`, the fields it knows, what it does. */
export const endpoint = <S extends z.ZodRawShape>(
  at: At,
  shape: S,
  run: (call: {
    readonly world: World;
    readonly id: string;
    readonly fields: z.output<z.ZodObject<S>>;
  }) => Result<object, Refusal>,
): Endpoint => {
  const [method = '', path = ''] = at.split(' ');
  return {
    method,
    path: new RegExp(`^${path.replace(':id', '(?<id>[^/]+)')}$`),
    run: (world, id, form) =>
      readFields(shape, form).andThen((fields) =>
        run({ world, id, fields: fields as z.output<z.ZodObject<S>> }),
      ),
  };
};
