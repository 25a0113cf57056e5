/** Where browsers find this server: its origin by configuration, if that is known. */
export type Home = { readonly origin: string | undefined; readonly https: boolean };
type HeaderOf = (name: string) => string | undefined;

/**
 * Whether the page that sent a form is one of ours. A browser says so itself (Sec-Fetch-Site), and names the
 * page's origin; what says neither is no browser of this decade, and is refused.
 */
export const isSameOrigin = ({ origin, https }: Home, header: HeaderOf): boolean => {
  const site = header('sec-fetch-site');
  const sender = header('origin');
  if (site !== undefined && site !== 'same-origin') return false;
  if (sender === undefined) return site !== undefined;
  // Nobody can make a browser send another host than the one it talks to; the scheme is told by configuration.
  return sender === origin || sender === `${https ? 'https' : 'http'}://${header('host')}`;
};
