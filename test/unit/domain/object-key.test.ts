import fc from 'fast-check';
import { expect, it } from 'vitest';
import { folder, MAX_KEY_BYTES, nameOf, objectKey, prefix } from '../../../src/domain/storage/object-key.js';

const anyText = fc.string({ unit: 'binary', maxLength: 80 });

it('keeps a key byte for byte or refuses it, and never changes one', () =>
  fc.assert(
    fc.property(anyText, (text) => {
      objectKey(text).match(
        (key) => expect(key).toBe(text),
        ({ field, reason }) => expect([field, reason.length > 0]).toEqual(['key', true]),
      );
    }),
  ));

it('takes no key with a dot segment, wherever it stands, and any other with dots', () =>
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('.', '..', '...', '.a', 'a.', '..b', 'c', ''), { minLength: 1, maxLength: 6 }),
      (segments) => {
        const text = segments.join('/');
        const dotted = segments.some((segment) => segment === '.' || segment === '..');
        if (text !== '') expect(objectKey(text).isErr()).toBe(dotted);
        expect(prefix(text).isErr()).toBe(dotted);
      },
    ),
  ));

it('counts bytes, not characters', () => {
  for (const [char, bytes] of [
    ['a', 1],
    ['é', 2],
    ['€', 3],
    ['😀', 4],
  ] as const) {
    const most = Math.floor(MAX_KEY_BYTES / bytes);
    expect(objectKey(char.repeat(most)).isOk()).toBe(true);
    expect(objectKey(char.repeat(most + 1)).isErr()).toBe(true);
  }
});

it('refuses what cannot be stored: nothing, NUL, half a surrogate pair', () => {
  for (const text of ['', 'a\0b', '\ud800', 'a\udc00b']) expect(objectKey(text).isErr()).toBe(true);
  expect(prefix('').isOk()).toBe(true);
});

it('names a file or folder by its last segment', () => {
  expect(['a.txt', 'a/b.txt', 'a/b/', 'a//', '/'].map(nameOf)).toEqual(['a.txt', 'b.txt', 'b', '', '']);
});

it('takes a folder with or without its slash, and never the whole bucket', () => {
  for (const name of ['dir', 'dir/']) expect(folder(name)._unsafeUnwrap()).toBe('dir/');
  expect(folder('a//')._unsafeUnwrap()).toBe('a//');
  for (const name of ['', '/', '..', 'a/..', 'a\0', 'x'.repeat(1024)])
    expect(folder(name)._unsafeUnwrapErr()).toMatchObject({ kind: 'invalid_key', field: 'key' });
});
