import { err, ok, type Result } from 'neverthrow';
import { dateOf } from '../../../domain/billing/period.js';
import { DAY, type Instant, instant, plus } from '../../../domain/shared/time.js';
import { type InvalidField, invalidField } from '../pages/kit/form.js';

const DATE = /^[1-9]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/;

const dayOf = (field: string, typed: string): Result<Instant | undefined, InvalidField> => {
  if (typed === '') return ok(undefined);
  const at = DATE.test(typed) ? instant(Date.parse(`${typed}T00:00:00Z`)) : undefined;
  // The 31st of February is read as one of March.
  return at !== undefined && dateOf(at) === typed
    ? ok(at)
    : err(invalidField(field, 'Write the day like 2026-01-31.'));
};

/** Two days as people type them, both of them whole ones of the stretch; either may be left out. */
export const typedStretch = (typed: {
  readonly from: string;
  readonly to: string;
}): Result<{ readonly from: Instant | undefined; readonly to: Instant | undefined }, InvalidField> =>
  dayOf('from', typed.from).andThen((from) =>
    dayOf('to', typed.to).map((last) => ({ from, to: last === undefined ? undefined : plus(last, DAY) })),
  );
