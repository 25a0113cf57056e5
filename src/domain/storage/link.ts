import { err, ok, type Result } from 'neverthrow';

/** What a link lets its holder do: get one object, or put one. */
export const LINK_METHODS = ['GET', 'PUT'] as const;
export type LinkMethod = (typeof LINK_METHODS)[number];

export const MAX_LINK_SECONDS = 7 * 24 * 60 * 60;

/** Terms that its maker may set beside method, key and expiry. */
export type LinkTerms = {
  /** Exactly so many bytes are put. */
  readonly size?: number | undefined;
  /** What the object put is said to be, whatever its sender says. */
  readonly contentType?: string | undefined;
  /** What the object got is called, instead of the last part of its key. */
  readonly fileName?: string | undefined;
};

/** A term that means nothing for this method, or that no upload could keep to. */
export type InvalidLink = { readonly kind: 'invalid_link'; readonly field: string; readonly reason: string };

/** The terms, if each of them has an effect on a link of this method. */
export const linkTerms = (
  method: LinkMethod,
  { size, contentType, fileName }: LinkTerms,
  maxBytes: number,
): Result<LinkTerms, InvalidLink> => {
  const refuse = (field: string, reason: string) => err({ kind: 'invalid_link' as const, field, reason });
  if (method === 'PUT') {
    if (fileName !== undefined) return refuse('filename', 'goes with GET only');
    if (size !== undefined && size > maxBytes) return refuse('size', `must be at most ${maxBytes}`);
    return ok({ size, contentType });
  }
  if (size !== undefined) return refuse('size', 'goes with PUT only');
  if (contentType !== undefined) return refuse('content_type', 'goes with PUT only');
  return ok({ fileName });
};
