import { counted, printable, rate, shortened, size, whole } from './figures.js';
import type { Failure, Phase, Skipped } from './findings.js';

export type Receipt = {
  readonly server: string;
  readonly source: string;
  readonly phases: readonly Phase[];
  readonly skipped: readonly Skipped[];
  /** What it cost, as far as it was metered. */
  readonly usage: readonly string[];
  /** How far a plan reached, and the next one. */
  readonly limits: readonly string[];
  /** What was paid in the payment sandbox. */
  readonly invoices: readonly string[];
  /** What is still on the server. */
  readonly left: readonly string[];
  readonly failures: readonly Failure[];
};

const MOST_FAILURES = 200;
const MOST_NAMES = 5;
const LONGEST_NAME = 60;
const ARROWS: Readonly<Record<string, string>> = {
  upload: '↑',
  download: '↓',
  zip: '↓',
  'read files': '↓',
  'write files': '↑',
  flushed: '↓',
};

/** Columns as wide as their widest cell: the first to the left, figures to the right, the rest as it is. */
export const table = (rows: readonly (readonly string[])[], figures: number): readonly string[] => {
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const cell = (text: string, column: number) => {
    if (column === 0) return text.padEnd(width(0));
    return column <= figures ? text.padStart(width(column)) : text;
  };
  return rows.map((row) => row.map(cell).join('   ').trimEnd());
};

const phaseRow = ({ name, files, bytes, seconds, note }: Phase): readonly string[] => [
  `${ARROWS[name] ?? ' '} ${name}`,
  whole(files),
  bytes === undefined ? '' : whole(bytes),
  `${seconds.toFixed(2)} s`,
  bytes === undefined ? '' : rate(bytes, seconds),
  note ?? '',
];

/** By reason, with the first names of each. */
const skippedLines = (skipped: readonly Skipped[]): readonly string[] =>
  [...new Set(skipped.map(({ why }) => why))].sort().map((why) => {
    const names = skipped
      .filter((one) => one.why === why)
      .map(({ name }) => shortened(printable(name), LONGEST_NAME));
    const more = names.length > MOST_NAMES ? ', …' : '';
    return `${whole(names.length)} × ${why}: ${names.slice(0, MOST_NAMES).join(', ')}${more}`;
  });

const failureLine = ({ step, name, reason }: Failure): string => {
  const where = name === undefined ? step : `${step}: ${printable(name)}`;
  return `✗ ${where}: ${reason.split('\n').map(printable).join('\n      ')}`;
};

const failureLines = (failures: readonly Failure[]): readonly string[] => [
  ...failures.slice(0, MOST_FAILURES).map(failureLine),
  ...(failures.length > MOST_FAILURES ? [`… and ${whole(failures.length - MOST_FAILURES)} more`] : []),
];

const verdict = ({ phases, failures }: Receipt): string => {
  if (failures.length > 0) return `FAILED: ${counted(failures.length, 'failure')}.`;
  const down = phases.find(({ name }) => name === 'download');
  return `OK: ${counted(down?.files ?? 0, 'file')}, ${size(down?.bytes ?? 0)}, came back byte for byte.`;
};

const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : ['', title, ...lines.map((text) => `  ${text}`)];

/** What happened, as plain text. */
export const renderReceipt = (receipt: Receipt): string => {
  const steps = receipt.phases.map(phaseRow);
  const head = ['  step', 'files', 'bytes', 'time', 'rate', ''];
  return [
    '',
    'Receipt',
    `  server   ${receipt.server}`,
    `  source   ${printable(receipt.source)}`,
    ...(steps.length === 0 ? [] : ['', ...table([head, ...steps], 4)]),
    ...section('Left out', skippedLines(receipt.skipped)),
    ...section('Usage', receipt.usage),
    ...section('Limits', receipt.limits),
    ...section('Invoices', receipt.invoices),
    ...section('Left behind', receipt.left),
    ...section('Failures', failureLines(receipt.failures)),
    '',
    verdict(receipt),
    '',
  ].join('\n');
};
