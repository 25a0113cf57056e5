import type { FieldProblem } from './dialect.js';

/** Strings, so that digits within them are passed over, and numbers. Of a text that is known to be JSON. */
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;
/** Stands for a number that would be rounded: as a string no schema of a number takes it. */
const ROUNDED = '\0';
const MESSAGE = 'must be a number of at most 15 significant digits';
const MAX_PROBLEMS = 100;
/** What a double takes to be written down, and more than a few zeros beside; the work below stays small. */
const MAX_LENGTH = 64;

/** Digits without zeros at either end, and the power of ten of the last one: one spelling for each number. */
const canonical = (text: string): string => {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const short = digits.replace(/0+$/, '');
  const power = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - short.length);
  return short === '' ? '0' : `${sign}${short}e${power}`;
};

const isRounded = (token: string): boolean =>
  token.length > MAX_LENGTH || canonical(token) !== canonical(String(Number(token)));

const find = (value: unknown, path: readonly string[], problems: FieldProblem[]): void => {
  if (problems.length >= MAX_PROBLEMS) return;
  if (value === ROUNDED) problems.push({ field: path.join('.') || 'body', message: MESSAGE });
  else if (typeof value === 'object' && value !== null)
    for (const [name, inner] of Object.entries(value)) find(inner, [...path, name], problems);
};

/**
 * The numbers of a JSON text that would not be those that were sent, by name: JSON has decimals of any length,
 * and the parser makes of each the nearest number that it can hold.
 */
export const roundedNumbers = (text: string): readonly FieldProblem[] => {
  let found = false;
  const marked = text.replaceAll(TOKENS, (token) => {
    if (token.startsWith('"') || !isRounded(token)) return token;
    found = true;
    return JSON.stringify(ROUNDED);
  });
  const problems: FieldProblem[] = [];
  if (found) find(JSON.parse(marked), [], problems);
  return problems;
};
