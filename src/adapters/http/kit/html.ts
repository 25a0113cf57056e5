const MARKUP = Symbol('markup');

/** Text that is markup already: made by `html` and nothing else, so that no string becomes markup by accident. */
export type Html = { readonly [MARKUP]: string };

/** What a template takes. `false` and undefined leave nothing behind; lists are joined. */
export type Piece = Html | string | number | false | undefined | readonly Piece[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  // A carriage return in the source is read as a line feed; only as a reference it stays itself.
  '\r': '&#13;',
};
const escaped = (text: string): string => text.replaceAll(/[&<>"'\r]/g, (char) => ENTITIES[char] ?? char);

const render = (piece: Piece): string => {
  if (piece === false || piece === undefined) return '';
  if (typeof piece === 'object') return MARKUP in piece ? piece[MARKUP] : piece.map(render).join('');
  return escaped(String(piece));
};

/** Markup with everything put into it escaped, for text and quoted attributes alike. */
export const html = (strings: TemplateStringsArray, ...pieces: readonly Piece[]): Html => ({
  [MARKUP]: strings.map((text, index) => text + render(pieces[index])).join(''),
});

/** Text of our own that is markup as it stands: a style sheet, never anything that came from outside. */
export const trusted = (text: string): Html => ({ [MARKUP]: text });

/** The markup as it goes out. */
export const markupOf = (page: Html): string => page[MARKUP];
