import { timingSafeEqual } from 'node:crypto';
import { err, ok, type Result } from 'neverthrow';
import type { Digest } from '../../../../ports/shared/digest.js';

/** The form was not made by us for this very session. */
export type Forged = { readonly kind: 'forged' };

/** What a form must carry: it can be made from the cookie's secret only, and does not tell it. */
export const formToken = ({ sha256 }: Digest, purpose: 'session' | 'visitor', secret: string): string =>
  sha256(`form of a ${purpose}\n${secret}`);

/** Says whether a form carries the token of whoever sent it, in the same time whatever it carries. */
export const unforged = (
  principal: { readonly csrf: string },
  form: { readonly csrf?: string | undefined },
): Result<void, Forged> => {
  const expected = Buffer.from(principal.csrf);
  const given = Buffer.from(form.csrf ?? '');
  return expected.length === given.length && timingSafeEqual(expected, given)
    ? ok(undefined)
    : err({ kind: 'forged' });
};
