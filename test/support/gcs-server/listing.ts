import { resourceOf, type Version } from './buckets.js';
import { invalid } from './refusal.js';

type Named = { readonly name: string; readonly version?: Version };

const bytewise = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Objects and the prefixes that the delimiter rolls them up into, in the order of their names. */
const entriesOf = (versions: readonly Version[], query: URLSearchParams): Named[] => {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter');
  const [start, end] = [query.get('startOffset'), query.get('endOffset')];
  const entries = new Map<string, Named>();
  for (const version of versions) {
    const { name } = version;
    if (!name.startsWith(prefix)) continue;
    if (start !== null && bytewise(name, start) < 0) continue;
    if (end !== null && bytewise(name, end) >= 0) continue;
    const cut = delimiter ? name.indexOf(delimiter, prefix.length) : -1;
    const rolled = cut < 0 ? undefined : name.slice(0, cut + (delimiter ?? '').length);
    entries.set(rolled ?? name, rolled === undefined ? { name, version } : { name: rolled });
  }
  return [...entries.values()].sort((a, b) => bytewise(a.name, b.name));
};

const askedOf = (query: URLSearchParams): number => {
  const asked = Number(query.get('maxResults') ?? 1000);
  if (!Number.isInteger(asked) || asked < 1) throw invalid('Invalid unsigned integer value.');
  return Math.min(asked, 1000);
};

/**
 * objects.list. `held` says how many entries of those asked for a page holds: the service may give fewer, even
 * none, and a token to go on with.
 */
export const listObjects = (
  versions: readonly Version[],
  query: URLSearchParams,
  held: (asked: number) => number,
) => {
  const token = query.get('pageToken');
  const last = token === null ? undefined : Buffer.from(token, 'base64url').toString();
  const entries = entriesOf(versions, query).filter(
    ({ name }) => last === undefined || bytewise(name, last) > 0,
  );
  const page = entries.slice(0, Math.min(held(askedOf(query)), entries.length));
  const nextPageToken = Buffer.from(page.at(-1)?.name ?? last ?? '').toString('base64url');
  const items = page.flatMap(({ version }) => (version ? [resourceOf(version)] : []));
  const prefixes = page.flatMap(({ name, version }) => (version ? [] : [name]));
  return {
    kind: 'storage#objects',
    ...(entries.length > page.length && { nextPageToken }),
    ...(prefixes.length > 0 && { prefixes }),
    ...(items.length > 0 && { items }),
  };
};
