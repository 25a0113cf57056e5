import * as z from 'zod';

/** The version of what a page showed before its form was confirmed; 0: there was nothing. */
export const Expected = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number);

/** Between the look and the confirmation somebody else was faster. */
type ChangedMeanwhile = { readonly kind: 'changed_meanwhile' };

export const meanwhile = <E extends { readonly kind: string }>(
  failure: E,
): Exclude<E, { readonly kind: 'stale_version' }> | ChangedMeanwhile =>
  failure.kind === 'stale_version'
    ? { kind: 'changed_meanwhile' }
    : (failure as Exclude<E, { readonly kind: 'stale_version' }>);
