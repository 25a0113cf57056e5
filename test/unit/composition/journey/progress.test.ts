import { describe, expect, it } from 'vitest';
import { bar, fractionOf, line, openProgress } from '../../../../src/composition/journey/progress.js';

const MB = 1_000_000;

const screenOf = (terminal: boolean) => {
  const written: string[] = [];
  return { written, screen: { isTTY: terminal, columns: 80, write: (text: string) => written.push(text) } };
};

describe('progress of the journey', () => {
  it('is complete only when the last file is, also when the files are empty', () => {
    expect(fractionOf({ files: 0, bytes: 0 }, { files: 0, bytes: 0 })).toBe(1);
    expect(fractionOf({ files: 1, bytes: 0 }, { files: 4, bytes: 0 })).toBe(0.25);
    expect(fractionOf({ files: 0, bytes: 10 }, { files: 1, bytes: 10 })).toBeLessThan(1);
    expect(fractionOf({ files: 1, bytes: 99 }, { files: 1, bytes: 10 })).toBe(1);
  });

  it('draws a bar with files, bytes and rate', () => {
    expect(bar('upload', { files: 210, bytes: 12 * MB }, { files: 400, bytes: 24 * MB }, 0.5, 120)).toBe(
      '  upload    ████████████░░░░░░░░░░░░  50 %  210/400 files  12.0 MB  24.0 MB/s',
    );
  });

  it('is never as wide as the terminal', () => {
    const done = { files: 210, bytes: 12 * MB };
    for (const columns of [20, 40, 80])
      expect(bar('upload', done, { files: 400, bytes: 24 * MB }, 0.5, columns).length).toBeLessThan(columns);
  });

  it('says nothing of bytes where a step moves none', () => {
    expect(line('delete', { files: 1, bytes: 0 }, { files: 2, bytes: 0 })).toBe(
      '  delete     50 %  1 of 2 files',
    );
  });

  it('writes a line at each tenth of the way where there is no terminal, and none twice', () => {
    const { screen, written } = screenOf(false);
    const progress = openProgress(screen, 'upload', { files: 100, bytes: 99_900 });
    for (let file = 0; file < 100; file += 1) {
      progress.moved(999);
      progress.finished();
    }
    progress.end();

    expect(written.map((text) => text.slice(12, 17))).toEqual([
      ' 10 %',
      ' 20 %',
      ' 30 %',
      ' 40 %',
      ' 50 %',
      ' 60 %',
      ' 70 %',
      ' 80 %',
      ' 90 %',
      '100 %',
    ]);
  });

  it('draws over itself on a terminal, at most ten times a second, and leaves the last state', () => {
    const { screen, written } = screenOf(true);
    const clock = { ms: 0 };
    const progress = openProgress(screen, 'upload', { files: 1, bytes: 1_000 }, () => clock.ms);
    for (let step = 0; step < 1_000; step += 1) {
      clock.ms += 1;
      progress.moved(1);
    }
    progress.finished();
    progress.end();

    expect(written).toHaveLength(1 + 10 + 1);
    expect(written.every((text) => text.startsWith('\r\x1b[2K'))).toBe(true);
    expect(written.slice(0, -1).some((text) => text.includes('\n'))).toBe(false);
    expect(written.at(-1)).toContain('100 %  1/1 files');
    expect(written.at(-1)?.endsWith('\n')).toBe(true);
  });
});
