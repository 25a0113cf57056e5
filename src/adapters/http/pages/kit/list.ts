import { type Html, html } from '../../kit/html.js';

/** An address with a query, each name and value spelt so that it comes back as it was. */
export const address = (path: string, query: Readonly<Record<string, string | undefined>>): string => {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return pairs.length > 0 ? `${path}?${pairs.join('&')}` : path;
};

/** The way on through a list, where there is more of it. */
export const nextPage = (
  path: string,
  query: Readonly<Record<string, string | undefined>>,
  token: string | undefined,
  name = 'page_token',
): Html | undefined =>
  token === undefined
    ? undefined
    : html`<p><a href="${address(path, { ...query, [name]: token })}" rel="next">Next page</a></p>`;
