import { readFileSync, writeFileSync } from 'node:fs';

const digits = (value) => (value >= 100 ? 0 : value >= 10 ? 1 : 2);
const figure = (value) => value.toFixed(digits(value));
const three = ({ min, median, max }, write = figure) =>
  `${write(min)} / **${write(median)}** / ${write(max)}`;
const ratio = (value) => value.toFixed(2);

const verdict = ({ goal, ratio: { median } }) =>
  goal === undefined ? '–' : `≥ ${goal} ${median >= goal ? '✓' : '✗'}`;

const line = (row) => {
  const { processor, processorUnit, processorScale } = row;
  const side = (name) => figure(processor[name].median * processorScale);
  return `| ${row.name} | ${three(row.ratio, ratio)} | ${verdict(row)} | ${three(row.ours)} | ${three(row.baseline)} | ${row.unit} | ${side('ours')} : ${side('baseline')} ${processorUnit} |`;
};

const memoryLine = ({ name, memory }) =>
  `| ${name} | ${figure(memory.idle)} | ${figure(memory.peak)} | ${figure(memory.peak - memory.idle)} |`;

const atMost = ({ most, alone: { max } }) =>
  most === undefined ? '–' : `≤ ${most} ${max <= most ? '✓' : '✗'}`;
const aloneLine = (row) => `| ${row.name} | ${three(row.alone)} | ${row.unit} | ${atMost(row)} |`;

/** The results as Markdown: ratios, memory where it was watched, and what has nothing beside it to be compared with. */
export const markdown = ({ rows, machine, date }) => {
  const watched = rows.filter(({ memory }) => memory !== undefined);
  const compared = rows.filter(({ pairs }) => pairs !== undefined);
  const alone = rows.filter((row) => row.alone !== undefined);
  const { node, postgres, tollhouse, cores, processor } = machine;
  return [
    `Measured ${date.slice(0, 10)} by \`npm run bench\` on ${cores} cores (${processor}): Tollhouse ${tollhouse}, Node ${node}, PostgreSQL ${postgres}, ${compared[0]?.pairs.length ?? 0} pairs. Each cell: min / **median** / max.`,
    '',
    '| Benchmark | Ours : baseline | Goal | Ours | Baseline | Unit | Server CPU, ours : baseline |',
    '|---|---|---|---|---|---|---|',
    ...compared.map(line),
    ...(watched.length === 0
      ? []
      : [
          '',
          '| Memory of our server, MiB RSS | Idle (≤ 150) | Peak | Above idle (≤ 64) |',
          '|---|---|---|---|',
          ...watched.map(memoryLine),
        ]),
    ...(alone.length === 0
      ? []
      : ['', '| On its own | Measured | Unit | Goal |', '|---|---|---|---|', ...alone.map(aloneLine)]),
    '',
  ].join('\n');
};

const BETWEEN = /(<!-- bench:start -->\n)[\s\S]*?(<!-- bench:end -->)/;

/** Puts the table between the markers of a document. */
export const putInto = (file, table) => {
  const text = readFileSync(file, 'utf8');
  if (!BETWEEN.test(text)) throw new Error(`${file} has no <!-- bench:start --> and <!-- bench:end -->`);
  writeFileSync(
    file,
    text.replace(BETWEEN, (_all, start, end) => `${start}${table}${end}`),
  );
};
