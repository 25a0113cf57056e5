import type { _Object as Content, ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';

/** What the body of an answer tells, as the SDK gives it. */
export type ListingPage = Omit<ListObjectsV2CommandOutput, '$metadata'>;

const ROOT = /^\s*(?:<\?xml[^<>]*\?>)?\s*<ListBucketResult(?:\s[^<>]*)?>/;
const END = /<\/ListBucketResult>\s*$/;
/** Comments, CDATA, attributes, prefixes, other references: all that stores do without. */
const ODD = /<(?!\/?\w+\/?>)|&(?!(?:amp|lt|gt|quot|apos);)|\r/;
const REFERENCE = /&(\w+);/g;
const REFERENCES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

const decoded = (written: string): string =>
  written.includes('&') ? written.replace(REFERENCE, (_, name: string) => REFERENCES[name] ?? '') : written;

/** The text of the first element of that name. */
const textOf = (xml: string, name: string): string | undefined => {
  const start = xml.indexOf(`<${name}>`);
  const from = start + name.length + 2;
  const to = start < 0 ? -1 : xml.indexOf('<', from);
  return to < 0 ? undefined : decoded(xml.slice(from, to));
};

/** What is read of every element of that name; undefined if one of them does not end or cannot be read. */
const each = <T>(xml: string, name: string, read: (inside: string) => T | undefined): T[] | undefined => {
  const found: T[] = [];
  for (const rest of xml.split(`<${name}>`).slice(1)) {
    const end = rest.indexOf(`</${name}>`);
    const one = end < 0 ? undefined : read(rest.slice(0, end));
    if (one === undefined) return undefined;
    found.push(one);
  }
  return found;
};

const contentOf = (xml: string): Content | undefined => {
  const Key = textOf(xml, 'Key');
  const size = textOf(xml, 'Size') ?? '';
  const time = textOf(xml, 'LastModified') ?? '';
  return Key !== undefined && /^\d{1,15}$/.test(size) && TIME.test(time)
    ? { Key, Size: Number(size), ETag: textOf(xml, 'ETag'), LastModified: new Date(time) }
    : undefined;
};

const folderOf = (xml: string): { readonly Prefix: string } | undefined => {
  const Prefix = textOf(xml, 'Prefix');
  return Prefix === undefined ? undefined : { Prefix };
};

/**
 * The page in an answer to ListObjectsV2, of what is asked of it here, if it is written as plainly as stores write
 * it; undefined where it holds anything else, which is for a parser that knows all of XML. That of the SDK takes
 * several times as long, and most of the time that a page costs us.
 */
export const listingPage = (xml: string): ListingPage | undefined => {
  const root = ROOT.exec(xml)?.[0].length;
  const body = xml.slice(root);
  if (root === undefined || ODD.test(body) || !END.test(body)) return undefined;
  const Contents = each(body, 'Contents', contentOf);
  const CommonPrefixes = each(body, 'CommonPrefixes', folderOf);
  const truncated = textOf(body, 'IsTruncated');
  if (!Contents || !CommonPrefixes || (truncated !== 'true' && truncated !== 'false')) return undefined;
  return {
    Contents,
    CommonPrefixes,
    IsTruncated: truncated === 'true',
    NextContinuationToken: textOf(body, 'NextContinuationToken'),
    ...(textOf(body, 'EncodingType') === 'url' && { EncodingType: 'url' }),
  };
};
