/** Names and attributes hang on whether clients come by https. */
export type CookieJar = { readonly https: boolean };

/** `session` holds the access token; `visitor` what ties a form to a browser before anybody has signed in. */
type Name = 'session' | 'visitor';

/** With the prefix a browser takes the cookie from this very host only, over https, for all paths (RFC 6265bis). */
const nameOf = ({ https }: CookieJar, name: Name): string => `${https ? '__Host-' : ''}tollhouse_${name}`;

const VALUE = /^[\w.~-]{1,4096}$/;

/** The value a browser sent; one that is spelt as none of ours is none. */
export const readCookie = (jar: CookieJar, name: Name, header: string | undefined): string | undefined => {
  const wanted = `${nameOf(jar, name)}=`;
  const found = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .find((pair) => pair.startsWith(wanted));
  const value = found?.slice(wanted.length) ?? '';
  return VALUE.test(value) ? value : undefined;
};

/** A Set-Cookie line; a life of 0 seconds forgets. */
export const writeCookie = (jar: CookieJar, name: Name, value: string, seconds: number): string =>
  [
    `${nameOf(jar, name)}=${value}`,
    'Path=/',
    `Max-Age=${seconds}`,
    'HttpOnly',
    'SameSite=Lax',
    ...(jar.https ? ['Secure'] : []),
  ].join('; ');
