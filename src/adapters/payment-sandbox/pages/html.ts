/** Markup, so that text is never taken for it by accident. */
export type Markup = { readonly markup: string };
type Piece = Markup | string | number | false | readonly Markup[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const render = (piece: Piece): string => {
  if (piece === false) return '';
  if (typeof piece === 'string' || typeof piece === 'number')
    return String(piece).replaceAll(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
  return 'markup' in piece ? piece.markup : piece.map(render).join('');
};

/** A template whose values are escaped, in text and in quoted attributes. */
export const html = (strings: TemplateStringsArray, ...pieces: readonly Piece[]): Markup => ({
  markup: strings.map((text, index) => text + render(pieces[index] ?? '')).join(''),
});

export const STYLE_PATH = '/sandbox.css';

export const STYLE = `
:root{color-scheme:light dark;font:1rem/1.5 system-ui,sans-serif}
body{margin:0;background:Canvas;color:CanvasText}
.note{margin:0;padding:.5rem 1rem;background:#7a4b00;color:#fff;text-align:center}
main{max-width:32rem;margin:0 auto;padding:1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem}
label{display:block;margin-top:1rem;font-weight:600}
input{box-sizing:border-box;width:100%;padding:.6rem;font:inherit;border:1px solid GrayText;border-radius:.4rem}
button,.button{display:inline-block;margin-top:1rem;padding:.6rem 1.2rem;font:inherit;font-weight:600;border:1px solid #1d4ed8;border-radius:.4rem;background:#1d4ed8;color:#fff;cursor:pointer;text-decoration:none}
.plain{background:transparent;color:inherit;border-color:GrayText}
:focus-visible{outline:3px solid #f59e0b;outline-offset:2px}
.problem{padding:.6rem 1rem;border-left:.3rem solid #b91c1c}
.done{padding:.6rem 1rem;border-left:.3rem solid #15803d}
section{margin-top:1.5rem;border-top:1px solid GrayText}
dl{display:grid;grid-template-columns:auto 1fr;gap:.25rem 1rem}dd{margin:0;overflow-wrap:anywhere}
table{width:100%;border-collapse:collapse}td,th{padding:.3rem;text-align:left;overflow-wrap:anywhere}td:last-child,th:last-child{text-align:right}
`;

/** A whole page that says on top that no money moves here. */
export const layout = (title: string, main: Markup): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – Payment sandbox</title>
<link rel="stylesheet" href="${STYLE_PATH}">
</head>
<body>
<p class="note">Payment sandbox: no real money moves. Use a test card.</p>
<main>
${main}
</main>
</body>
</html>
`.markup;

/** What a form was answered with, read out by screen readers. */
export const problem = (text: string | undefined): Markup =>
  text === undefined ? html`` : html`<p class="problem" role="alert" id="problem">${text}</p>`;

/** The one field for a card, on checkout and portal alike. */
export const cardField = (failed: boolean): Markup =>
  html`<label for="card">Card number</label>
<input id="card" name="card" inputmode="numeric" autocomplete="off" required maxlength="23" aria-describedby="cards${failed && ' problem'}"${failed && html` aria-invalid="true"`}>
<p id="cards">4242 4242 4242 4242 pays. 4000 0000 0000 0002 is declined, 4000 0000 0000 9995 has too little on it, 4000 0000 0000 0341 can be kept but not charged.</p>`;
