import fc from 'fast-check';
import { expect, it } from 'vitest';
import { archiveNames } from '../../../src/domain/storage/archive-names.js';
import type { ObjectKey, Prefix } from '../../../src/domain/storage/object-key.js';

const listed = (keys: readonly string[], size = 1) =>
  keys.map((text) => ({ key: `d/${text}` as ObjectKey, size }));
const names = (keys: readonly string[], size?: number) =>
  archiveNames('d/' as Prefix, listed(keys, size)).map(({ name }) => name);

it.each([
  [
    ['a', 'b/c', 'ä'],
    ['a', 'b/c', 'ä'],
  ],
  [
    ['/etc/passwd', 'a//b', 'a///'],
    ['_/etc/passwd', 'a/_/b', 'a/_/_/_'],
  ],
  [
    ['C:/x', 'c:x', 'ab:c'],
    ['C_/x', 'c_x', 'ab:c'],
  ],
  [
    ['..\\..\\x', 'a\r\nb', '\\\\host\\x'],
    ['.._.._x', 'a__b', '__host_x'],
  ],
  [
    ['a\\b', 'a_b'],
    ['a_b (2)', 'a_b'],
  ],
  [
    ['x\\1.txt', 'x\n1.txt', 'x\r1.txt'],
    ['x_1.txt', 'x_1 (2).txt', 'x_1 (3).txt'],
  ],
  [
    ['a', 'a (2)', 'a/b'],
    ['a (3)', 'a (2)', 'a/b'],
  ],
  [
    ['.x', '.x/y'],
    ['.x (2)', '.x/y'],
  ],
  [
    ['../../evil.sh', './a', '..', 'a/../b', '..\\..', 'a/.. /b'],
    ['_/_/evil.sh', '_/a', '_ (2)', 'a/_/b', '.._..', 'a/_/b (2)'],
  ],
  [
    ['/../x', '...', '.hidden', 'a..b', '..c/.d'],
    ['_/_/x', '_ (2)', '.hidden', 'a..b', '..c/.d'],
  ],
])('calls %j in an archive %j', (keys, called) => {
  expect(names(keys)).toEqual(called);
});

it('takes empty objects that end with a slash for directories, and the folder’s own for nothing', () => {
  expect(archiveNames('d/' as Prefix, listed(['', 'a/', 'b\\/', 'b_/', 'a'], 0))).toMatchObject([
    { name: 'a/', isDirectory: true },
    { name: 'b_/', isDirectory: true },
    { name: 'a (2)', isDirectory: false },
  ]);
  expect(names(['', 'a/'], 5)).toEqual(['_', 'a/_']);
});

it('never lets a name leave the directory, nor two be alike, nor a file be a directory', () => {
  const piece = fc.constantFrom('a', 'b', '/', '\\', '\n', ':', '_', '.', '..', ' ', ' (2)', 'C:', '');
  const anyKey = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(fc.uniqueArray(anyKey, { maxLength: 30 }), fc.nat(1), (keys, size) => {
      const called = archiveNames('d/' as Prefix, listed(keys, size));
      const paths = called.map(({ name, isDirectory }) => (isDirectory ? name.slice(0, -1) : name));
      expect(new Set(paths).size).toBe(paths.length);
      for (const path of paths) {
        expect(path).not.toMatch(/^[A-Za-z]:|[\\\n]/);
        expect(path.split('/').filter((segment) => /^[. ]*$/.test(segment))).toEqual([]);
      }
      for (const { name, isDirectory } of called)
        if (!isDirectory) expect(paths.filter((path) => path.startsWith(`${name}/`))).toEqual([]);
      if (size > 0) expect(called.length).toBe(keys.length);
    }),
    { numRuns: 500 },
  );
});

it('numbers very many names that would all be the same without trying each anew', () => {
  const unsafe = Array.from({ length: 31 }, (_, n) => String.fromCharCode(n + 1));
  const keys = Array.from({ length: 29_000 }, (_, n) =>
    [n % 31, Math.floor(n / 31) % 31, Math.floor(n / 961)].map((digit) => unsafe[digit]).join(''),
  );
  const began = performance.now();
  expect(new Set(names(keys)).size).toBe(keys.length);
  expect(performance.now() - began).toBeLessThan(3_000);
});
