/** A cell of a table: text is quoted where it must be, numbers go out as they are. */
export type Cell = string | number | bigint;

// A spreadsheet takes what begins like this for a formula to run.
const FORMULA = /^[=+\-@\t\r\n]/;
const SPECIAL = /[",\r\n]/;

const written = (cell: Cell): string => {
  if (typeof cell !== 'string') return String(cell);
  const harmless = FORMULA.test(cell) ? `'${cell}` : cell;
  return SPECIAL.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
};

const lineOf = (cells: readonly Cell[]): string => `${cells.map(written).join(',')}\r\n`;

/** A table as RFC 4180 has it, its header first. */
export const csv = (header: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  lineOf(header) + rows.map(lineOf).join('');
