import * as z from 'zod';
import type { Dialect, FieldProblem, Refusal, Shown, Worded } from '../kit/dialect.js';
import { shownIn } from '../pages/dialect.js';
import { address } from '../pages/kit/list.js';
import { safeNext } from '../pages/kit/next.js';
import { DIRECTORY, SWITCH } from './places.js';
import { decisionOf, messageOf } from './words.js';

/** For programs that ask for JSON; all others get a page or text. */
export const ErrorDto = z
  .object({
    kind: z.string(),
    message: z.string(),
    problems: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
    /** What said no, and why. */
    decision: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'Error' });

const page = {
  admin: shownIn({ messageOf, wayOut: { name: 'To your workspaces', href: SWITCH } }),
  system: shownIn({ messageOf, wayOut: { name: 'To the directory', href: DIRECTORY } }),
};

const problemsOf = ({ problems, field, kind, reason }: Worded): readonly FieldProblem[] | undefined =>
  problems ?? (field === undefined ? undefined : [{ field, message: reason ?? kind }]);

/** One line for what is the matter, then one for each field. */
const textOf = (failure: Worded): string =>
  [
    messageOf(failure),
    ...(problemsOf(failure) ?? []).map(({ field, message }) => `${field}: ${message}`),
    '',
  ].join('\n');

const isRead = (method: string): boolean => method === 'GET' || method === 'HEAD';

const show = (refusal: Refusal): Shown | undefined => {
  const { status, failure, method, url, wants } = refusal;
  const isForm = 'again' in failure;
  if (wants === 'application/json' && !isForm) return undefined;
  // Who has several workspaces, and is in none of them yet, is asked which.
  if ('unchosen' in failure && wants === 'text/html' && isRead(method)) return chooseFirst(url);
  const led = failure.kind === 'unauthenticated' && isRead(method);
  if (wants === 'text/html' || led || isForm) return page[isSystem(url) ? 'system' : 'admin'](refusal);
  return { status, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body: textOf(failure) };
};

const chooseFirst = (url: string): Shown => ({
  status: 303,
  headers: { Location: address(SWITCH, { next: safeNext(url) }), 'Content-Type': 'text/plain' },
  body: '',
});

const isSystem = (url: string): boolean => url.startsWith('/system');

/** Whether an address lies in one of the two planes. */
export const isInPlanes = (url: string): boolean => /^\/(?:admin|system)(?:[/?]|$)/.test(url);

/** Text or a page, as the client takes it; what it may not know of is not there. */
export const dialect: Dialect = {
  // Every refused field is 422 here; a body that cannot be read is not about fields.
  statuses: { document: 400, fields: 422 },
  word: (_status, failure: Worded) => {
    const problems = problemsOf(failure);
    const decision = decisionOf(failure);
    const { kind } = failure;
    return {
      kind,
      message: messageOf(failure),
      ...(problems && { problems }),
      ...(decision && { decision }),
    };
  },
  show,
};
