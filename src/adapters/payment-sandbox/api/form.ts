import { err, ok, type Result } from 'neverthrow';
import { invalid, type Refusal } from './refusal.js';

/** What a form-encoded body says once its brackets are read. */
export type Nested = { [name: string]: string | Nested };

const MOST_FIELDS = 500;
const MOST_DEPTH = 6;
const KEY = /^([^[\]]+)((?:\[[^[\]]*\])*)$/;

const pathOf = (key: string): readonly string[] | undefined => {
  const [, head, rest = ''] = KEY.exec(key) ?? [];
  if (head === undefined) return undefined;
  return [head, ...[...rest.matchAll(/\[([^[\]]*)\]/g)].map(([, part = '']) => part)];
};

const empty = (): Nested => Object.create(null) as Nested;

/** `a[]` counts on from what is there already, as `a[0]`, `a[1]` would. */
const named = (into: Nested, part: string): string => (part === '' ? String(Object.keys(into).length) : part);

const put = (into: Nested, [part = '', ...rest]: readonly string[], value: string): boolean => {
  const name = named(into, part);
  if (rest.length === 0) {
    if (name in into) return false;
    into[name] = value;
    return true;
  }
  const inner = into[name] ?? empty();
  if (typeof inner === 'string') return false;
  into[name] = inner;
  return put(inner, rest, value);
};

/** Reads a body or a query as the SDK writes it: `items[0][price]=…&metadata[key]=…`. */
export const readForm = (text: string): Result<Nested, Refusal> => {
  const fields = [...new URLSearchParams(text)];
  if (fields.length > MOST_FIELDS) return err(invalid('Too many parameters.'));
  const form = empty();
  for (const [key, value] of fields) {
    const path = pathOf(key);
    if (path === undefined || path.length > MOST_DEPTH || !put(form, path, value))
      return err(invalid(`Invalid parameter: ${key.slice(0, 100)}`, { code: 'parameter_invalid' }));
  }
  return ok(form);
};
