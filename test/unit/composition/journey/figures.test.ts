import { describe, expect, it } from 'vitest';
import {
  counted,
  printable,
  rate,
  shortened,
  size,
  whole,
} from '../../../../src/composition/journey/figures.js';

describe('figures of the journey', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1.00 kB'],
    [12_345, '12.3 kB'],
    [99_960, '100 kB'],
    [999_499, '999 kB'],
    [999_600, '1.00 MB'],
    [23_604_112, '23.6 MB'],
    [5_000_000_000, '5.00 GB'],
    [7_000_000_000_000_000, '7000 TB'],
  ])('writes %i bytes with three digits as %s', (bytes, text) => {
    expect(size(bytes)).toBe(text);
  });

  it('writes a rate only where time has passed', () => {
    expect([rate(45_100_000, 0.5), rate(45, 0)]).toEqual(['90.2 MB/s', '']);
  });

  it('separates thousands, and counts in the singular and the plural', () => {
    expect([whole(1_234_567), counted(1, 'page'), counted(0, 'page'), counted(2_000, 'page')]).toEqual([
      '1,234,567',
      '1 page',
      '0 pages',
      '2,000 pages',
    ]);
  });

  it('shows a name as one harmless line, and leaves the letters of all languages alone', () => {
    expect(printable('two\nlines \u001b[2J \u202eexe.txt')).toBe('two\\u000alines \\u001b[2J \\u202eexe.txt');
    expect(printable('ünï 文件 👩‍💻.txt')).toBe('ünï 文件 👩‍💻.txt');
  });

  it('shows both ends of a text that is too long', () => {
    expect([shortened('abcdefghij', 10), shortened('abcdefghijk', 5)]).toEqual(['abcdefghij', 'ab…jk']);
  });
});
