/** XML that is already written, so that nothing is escaped twice. */
export type Xml = { readonly xml: string };

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';
const NAMED: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
// Control characters as S3 writes them: a parser would drop, change or refuse them as they are.
// biome-ignore lint/suspicious/noControlCharactersInRegex: as said
const UNSAFE = /[&<>"\u0000-\u001f\u007f\ufffe\uffff]/g;

const escaped = (text: string): string =>
  text.replaceAll(UNSAFE, (one) => NAMED[one] ?? `&#x${one.charCodeAt(0).toString(16).toUpperCase()};`);

/** An element around text, which is escaped, or around other elements. Undefined children leave nothing. */
export const element = (
  name: string,
  ...children: readonly (string | number | boolean | Xml | undefined)[]
): Xml => {
  const inner = children
    .filter((child) => child !== undefined)
    .map((child) => (typeof child === 'object' ? child.xml : escaped(String(child))));
  return { xml: `<${name}>${inner.join('')}</${name}>` };
};

/** One that is left out when there is nothing to say. */
export const optional = (name: string, value: string | number | undefined): Xml | undefined =>
  value === undefined ? undefined : element(name, value);

/** A whole document; its root is in S3's namespace. */
export const document = ({ xml }: Xml): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n${xml.replace(/^<(\w+)/, `<$1 xmlns="${NAMESPACE}"`)}`;
