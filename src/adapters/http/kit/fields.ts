import * as z from 'zod';
import { isStorableText } from '../../../domain/shared/text.js';
import type { FieldProblem } from './dialect.js';

/** `true` or `false` in a query; absent is false. */
export const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true')
  // A document drops the default of whatever is transformed, unless it is told the untransformed one.
  .meta({ type: 'boolean', enum: undefined, _prefault: false });

/** A client is told of this many; the rest would only be a way to make us write much for little. */
const MAX_PROBLEMS = 100;
/** Deeper than any document of ours; recursion over what a client sends ends here. */
const MAX_DEPTH = 64;

const ILL_FORMED = 'must be well-formed Unicode without NUL';
const ILL_NAMED = 'has a name that is not well-formed Unicode';
const TOO_DEEP = 'is nested too deeply';

/** `path` is one stack for the whole walk: most of what is visited needs no name. */
const inspect = (value: unknown, path: string[], problems: FieldProblem[]): void => {
  if (typeof value === 'string') inspectText(value, path, ILL_FORMED, problems);
  else if (typeof value === 'object' && value !== null) inspectEach(value, path, problems);
};

const inspectText = (
  text: string,
  path: readonly string[],
  message: string,
  problems: FieldProblem[],
): void => {
  if (!isStorableText(text)) problems.push({ field: path.join('.') || 'body', message });
};

const inspectEach = (value: object, path: string[], problems: FieldProblem[]): void => {
  if (path.length === MAX_DEPTH) return void problems.push({ field: path[0] ?? '', message: TOO_DEEP });
  for (const name of Object.keys(value)) {
    if (problems.length >= MAX_PROBLEMS) return;
    inspectText(name, path, ILL_NAMED, problems);
    path.push(name);
    inspect((value as Readonly<Record<string, unknown>>)[name], path, problems);
    path.pop();
  }
};

/** NUL and lone surrogates in any string, keys included, at any depth: no schema has to remember to refuse them. */
export const unstorable = (value: unknown): readonly FieldProblem[] => {
  const problems: FieldProblem[] = [];
  inspect(value, [], problems);
  return problems;
};

/** Fields that a schema does not know are each a problem of their own. */
const problemsIn = (issue: z.core.$ZodIssue, where: string): readonly FieldProblem[] =>
  issue.code === 'unrecognized_keys'
    ? issue.keys.map((key) => ({ field: [...issue.path, key].join('.'), message: 'is not known here' }))
    : [{ field: issue.path.join('.') || where, message: issue.message }];

export const problemsOf = (error: z.ZodError, where: string): readonly FieldProblem[] =>
  error.issues.flatMap((issue) => problemsIn(issue, where)).slice(0, MAX_PROBLEMS);
