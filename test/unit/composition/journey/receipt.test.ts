import { describe, expect, it } from 'vitest';
import { type Receipt, renderReceipt, table } from '../../../../src/composition/journey/receipt.js';

const receipt = (changes: Partial<Receipt> = {}): Receipt => ({
  server: 'http://127.0.0.1:8080, Tollhouse 1.2.3',
  source: 'all files below /data',
  phases: [
    { name: 'upload', files: 1_200, bytes: 23_604_112, seconds: 0.5 },
    { name: 'list', files: 1_200, seconds: 0.25, note: '38 pages of 31 folders' },
    { name: 'download', files: 1_200, bytes: 23_604_112, seconds: 2 },
    { name: 'delete', files: 1_200, seconds: 1.5 },
  ],
  skipped: [],
  usage: [],
  limits: [],
  invoices: [],
  left: [],
  failures: [],
  ...changes,
});

describe('the receipt', () => {
  it('has names on the left and figures right below each other', () => {
    expect(renderReceipt(receipt())).toBe(
      [
        '',
        'Receipt',
        '  server   http://127.0.0.1:8080, Tollhouse 1.2.3',
        '  source   all files below /data',
        '',
        '  step       files        bytes     time        rate',
        '↑ upload     1,200   23,604,112   0.50 s   47.2 MB/s',
        '  list       1,200                0.25 s               38 pages of 31 folders',
        '↓ download   1,200   23,604,112   2.00 s   11.8 MB/s',
        '  delete     1,200                1.50 s',
        '',
        'OK: 1,200 files, 23.6 MB, came back byte for byte.',
        '',
      ].join('\n'),
    );
  });

  it('names what was left out, by reason, and only the first few of many', () => {
    const links = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ({ name, why: 'symbolic link' }));
    const skipped = [...links, { name: 'line\nbreak', why: 'not a regular file' }];

    expect(renderReceipt(receipt({ skipped }))).toContain(
      'Left out\n  1 × not a regular file: line\\u000abreak\n  6 × symbolic link: a, b, c, d, e, …\n',
    );
  });

  it('names every failure and says so at the end', () => {
    const failures = [
      { step: 'download', name: 'a\u001b[0m.txt', reason: 'other bytes came back' },
      { step: 'start a server', reason: 'it ended with 1\nand said \u001b[2J' },
    ];
    const text = renderReceipt(receipt({ failures }));

    expect(text).toContain('  ✗ download: a\\u001b[0m.txt: other bytes came back\n');
    expect(text).toContain('  ✗ start a server: it ended with 1\n      and said \\u001b[2J\n');
    expect(text.trimEnd().endsWith('FAILED: 2 failures.')).toBe(true);
    expect(text).not.toContain('OK:');
  });

  it('stays readable when everything fails', () => {
    const failures = Array.from({ length: 1_234 }, (_, n) => ({
      step: 'upload',
      name: `${n}`,
      reason: 'no',
    }));
    const lines = renderReceipt(receipt({ failures })).split('\n');

    expect(lines.filter((text) => text.includes('✗'))).toHaveLength(200);
    expect(lines).toContain('  … and 1,034 more');
    expect(lines).toContain('FAILED: 1,234 failures.');
  });

  it('says what is still on the server', () => {
    expect(renderReceipt(receipt({ left: ['user a@example.com'] }))).toContain(
      'Left behind\n  user a@example.com\n',
    );
  });

  it('has no table when nothing was done', () => {
    expect(renderReceipt(receipt({ phases: [] }))).not.toContain('step');
  });

  it('sets each column as wide as its widest cell', () => {
    expect(
      table(
        [
          ['a', '1', 'x'],
          ['bcd', '222', ''],
          ['e', '', 'yz'],
        ],
        1,
      ),
    ).toEqual(['a       1   x', 'bcd   222', 'e           yz']);
  });
});
