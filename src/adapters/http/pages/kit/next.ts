export const HOME = '/app';

// Backslashes and control characters are read by browsers in ways of their own.
const OWN_PATH = /^\/(?:app|admin|system)(?:[/?][\x21\x23-\x5b\x5d-\x7e]*)?$/;

/** Where to go after signing in: a page of ours, whatever a link asks for. */
export const safeNext = (next: string | undefined): string =>
  next !== undefined && next.length <= 4_096 && OWN_PATH.test(next) ? next : HOME;

/** The sign-in page that leads back to a page. */
export const signInFor = (url: string): string => {
  const next = safeNext(url);
  return next === HOME ? '/sign-in' : `/sign-in?next=${encodeURIComponent(next)}`;
};
