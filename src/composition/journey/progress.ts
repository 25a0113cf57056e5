import { rate, size, whole } from './figures.js';

/** How much of a step there is, or is done. */
export type Amount = { readonly files: number; readonly bytes: number };

export type Screen = {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly write: (text: string) => unknown;
};

export type Progress = {
  readonly moved: (bytes: number) => void;
  readonly finished: () => void;
  /** Draws the last state, and leaves it on the screen. */
  readonly end: () => void;
};

const BAR_WIDTH = 24;
const REDRAW_MS = 100;

/** Each file counts like one byte more, so that empty files are progress too. */
export const fractionOf = (done: Amount, all: Amount): number => {
  const total = all.bytes + all.files;
  return total === 0 ? 1 : Math.min(1, (done.bytes + done.files) / total);
};

const percent = (fraction: number): string => `${Math.floor(fraction * 100)}`.padStart(3);

/** One line, never wider than the terminal: a line that wraps cannot be drawn over. */
export const bar = (label: string, done: Amount, all: Amount, seconds: number, columns = 80): string => {
  const fraction = fractionOf(done, all);
  const full = Math.floor(fraction * BAR_WIDTH);
  const drawn = '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full);
  const files = `${whole(done.files)}/${whole(all.files)} files`;
  const bytes = all.bytes > 0 ? `  ${size(done.bytes)}  ${rate(done.bytes, seconds)}` : '';
  return `  ${label.padEnd(9)} ${drawn} ${percent(fraction)} %  ${files}${bytes}`.slice(0, columns - 1);
};

/** The same without a terminal. */
export const line = (label: string, done: Amount, all: Amount): string => {
  const bytes = all.bytes > 0 ? `, ${size(done.bytes)} of ${size(all.bytes)}` : '';
  return `  ${label.padEnd(9)} ${percent(fractionOf(done, all))} %  ${whole(done.files)} of ${whole(all.files)} files${bytes}`;
};

/** A moving bar on a terminal; elsewhere a line at each tenth of the way. `now` in milliseconds. */
export const openProgress = (
  screen: Screen,
  label: string,
  all: Amount,
  now: () => number = () => performance.now(),
): Progress => {
  const began = now();
  const done = { files: 0, bytes: 0 };
  const show = screen.isTTY
    ? onTerminal(screen, now, () => bar(label, done, all, (now() - began) / 1000, screen.columns))
    : inLines(
        screen,
        () => fractionOf(done, all),
        () => line(label, done, all),
      );
  show('moving');
  return {
    moved: (bytes) => {
      done.bytes += bytes;
      show('moving');
    },
    finished: () => {
      done.files += 1;
      show('moving');
    },
    end: () => show('ended'),
  };
};

type Show = (state: 'moving' | 'ended') => void;

const onTerminal = (screen: Screen, now: () => number, draw: () => string): Show => {
  let drawnAt = Number.NEGATIVE_INFINITY;
  return (state) => {
    if (state === 'moving' && now() - drawnAt < REDRAW_MS) return;
    drawnAt = now();
    screen.write(`\r\x1b[2K${draw()}${state === 'ended' ? '\n' : ''}`);
  };
};

const inLines = (screen: Screen, fraction: () => number, word: () => string): Show => {
  let written = 0;
  return () => {
    const tenth = Math.floor(fraction() * 10);
    if (tenth <= written) return;
    written = tenth;
    screen.write(`${word()}\n`);
  };
};
