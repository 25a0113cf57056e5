import { err, ok, Result } from 'neverthrow';
import { failure, type S3Failure } from './errors.js';

/** What a document says: text at the leaves. */
export type Node = string | { readonly [name: string]: Node | readonly Node[] };

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const REFERENCE = /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(amp|lt|gt|quot|apos));/gi;
const LAST_CODE_POINT = 0x10ffff;

/** The five entities of XML itself and characters by number; a document cannot bring any of its own. */
const text = (raw: string): string =>
  raw.replaceAll(REFERENCE, (whole, decimal?: string, hex?: string, named?: string) => {
    if (named) return NAMED[named] ?? whole;
    const code = decimal ? Number(decimal) : Number.parseInt(hex ?? '', 16);
    return code <= LAST_CODE_POINT ? String.fromCodePoint(code) : whole;
  });

const utf8 = new TextDecoder('utf-8', { fatal: true });
const decode = Result.fromThrowable((bytes: Uint8Array) => utf8.decode(bytes));

const MALFORMED = failure('malformed_xml');
/** What a document holds beside its entries: its declaration, its root, an element or two of its own. */
const FRAME_TAGS = 16;

/** Characters of a tag, taken together with all others: names of elements have half of it. */
const TAG_LENGTH = 24;

const hasMoreThan = (source: string, tags: number): boolean => {
  let [count, length] = [0, 0];
  for (let at = source.indexOf('<'); at >= 0; at = source.indexOf('<', at + 1)) {
    const end = source.indexOf('>', at);
    count += 1;
    length += end - at;
    if (end < 0 || count > tags || length > tags * TAG_LENGTH) return true;
  }
  return false;
};

/**
 * Reads a document of a client's. One that declares a type, and so could declare entities, is refused, and so is one
 * with more or longer tags than its entries can have: they cost the parser most, and it could hold little else.
 */
export const parseXml = async (bytes: Uint8Array, entryTags: number): Promise<Result<Node, S3Failure>> => {
  const source = decode(bytes);
  if (source.isErr() || source.value.includes('<!')) return err(MALFORMED);
  if (hasMoreThan(source.value, entryTags + FRAME_TAGS)) return err(MALFORMED);
  // Few requests bring a document.
  const { XMLParser, XMLValidator } = await import('fast-xml-parser');
  if (XMLValidator.validate(source.value) !== true) return err(MALFORMED);
  const parser = new XMLParser({
    processEntities: false,
    parseTagValue: false,
    trimValues: false,
    ignoreDeclaration: true,
    removeNSPrefix: true,
    tagValueProcessor: (_name, value) => text(value),
  });
  const parse = Result.fromThrowable(
    (document: string) => parser.parse(document) as Node,
    () => MALFORMED,
  );
  return parse(source.value);
};

const isElement = (node: Node | undefined): node is Exclude<Node, string> => typeof node === 'object';

/** The children of that name; undefined when the parent is no element. */
export const childrenOf = (node: Node | undefined, name: string): readonly Node[] => {
  if (!isElement(node) || !Object.hasOwn(node, name)) return [];
  const child = node[name];
  if (child === undefined) return [];
  return Array.isArray(child) ? child : [child as Node];
};

/** The text of the only child of that name. */
export const textOf = (node: Node | undefined, name: string): string | undefined => {
  const [child, second] = childrenOf(node, name);
  return second === undefined && typeof child === 'string' ? child : undefined;
};

/** The one root element, by name. */
export const rootOf = (node: Node, name: string): Result<Node, S3Failure> => {
  const [root] = childrenOf(node, name);
  return root === undefined ? err(MALFORMED) : ok(root);
};
