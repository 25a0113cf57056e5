import { invalid } from './refusal.js';

/** A mask of the `fields` parameter, `a,b(c,d)`: what a partial response holds, by name. */
type Mask = { readonly [name: string]: Mask | true };

const maskOf = (text: string): Mask => {
  const mask: Record<string, Mask | true> = {};
  for (const [, name = '', inner] of text.matchAll(/([^,()]+)(?:\(([^()]*)\))?,?/g))
    mask[name] = inner === undefined ? true : maskOf(inner);
  return mask;
};

const masked = (value: unknown, mask: Mask): unknown => {
  if (Array.isArray(value)) return value.map((one) => masked(one, mask));
  if (typeof value !== 'object' || value === null) throw invalid('Invalid field selection');
  const kept = Object.entries(value).filter(([name]) => mask[name] !== undefined);
  return Object.fromEntries(
    kept.map(([name, inner]) => {
      const within = mask[name];
      return [name, within === true || within === undefined ? inner : masked(inner, within)];
    }),
  );
};

/** As much of an answer as its reader asked for. */
export const partOf = (answer: unknown, fields: string | null): unknown =>
  fields === null ? answer : masked(answer, maskOf(fields));
