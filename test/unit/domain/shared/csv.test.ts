import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csv } from '../../../../src/domain/shared/csv.js';

/** Reads RFC 4180 character by character: what a spreadsheet would see. */
const read = (text: string): string[][] => {
  const rows: string[][] = [];
  let [row, cell, quoted]: [string[], string, boolean] = [[], '', false];
  for (let at = 0; at < text.length; at += 1) {
    const [char, next] = [text.charAt(at), text.charAt(at + 1)];
    if (quoted && char === '"' && next === '"') [cell, at] = [`${cell}"`, at + 1];
    else if (char === '"') quoted = !quoted;
    else if (!quoted && char === ',') [row, cell] = [[...row, cell], ''];
    else if (!quoted && char === '\r' && next === '\n') {
      rows.push([...row, cell]);
      [row, cell, at] = [[], '', at + 1];
    } else cell += char;
  }
  return rows;
};

describe('a table as CSV', () => {
  it('has its header first and ends every line with CR LF', () => {
    expect(
      csv(
        ['a', 'b'],
        [
          ['x', 1.5],
          ['', 0],
        ],
      ),
    ).toBe('a,b\r\nx,1.5\r\n,0\r\n');
    expect(csv(['a'], [])).toBe('a\r\n');
  });

  it('quotes what would end a cell, and doubles quotes', () => {
    expect(csv(['a'], [['x,y'], ['say "no"'], ['two\r\nlines']])).toBe(
      'a\r\n"x,y"\r\n"say ""no"""\r\n"two\r\nlines"\r\n',
    );
  });

  it('is read back as it was, save that no cell of text begins like a formula', () => {
    const cell = fc.string({ unit: fc.constantFrom(...'ab,"\r\n=+-@\t é') });
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1 }), (rows) => {
        const cells = read(csv(['a', 'b'], rows)).slice(1);
        const harmless = (text: string) => (/^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text);
        expect(cells).toEqual(rows.map((row) => row.map(harmless)));
        expect(cells.flat().filter((text) => /^[=+\-@\t\r\n]/.test(text))).toEqual([]);
      }),
    );
  });

  it('leaves numbers as they are', () => {
    expect(csv(['a'], [[-1], [1e-7]])).toBe('a\r\n-1\r\n1e-7\r\n');
  });
});
