import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isUseWorthNoting, keyPrefix } from '../../../src/domain/accounts/api-key.js';
import { emailAddress } from '../../../src/domain/accounts/user.js';
import { isUuid } from '../../../src/domain/shared/ids.js';
import { pageOf } from '../../../src/domain/shared/page.js';
import { isStorableText } from '../../../src/domain/shared/text.js';
import { instant, iso, MINUTE, plus } from '../../../src/domain/shared/time.js';

it('cuts pages that, read one after the other, give every row once and in order', () =>
  fc.assert(
    fc.property(fc.nat(40), fc.integer({ min: 1, max: 12 }), (count, size) => {
      const rows = Array.from({ length: count }, (_, i) => i);
      const seen: number[] = [];
      for (let after = -1, more = true; more; ) {
        const { items, next } = pageOf(
          rows.filter((row) => row > after).slice(0, size + 1),
          size,
          (row) => row,
        );
        expect(items.length).toBeLessThanOrEqual(size);
        seen.push(...items);
        more = next !== undefined;
        if (next !== undefined) after = next;
      }
      expect(seen).toEqual(rows);
    }),
  ));

it('has one spelling for an address of mail', () => {
  expect(emailAddress('  Ada@Example.COM ')._unsafeUnwrap()).toBe('ada@example.com');
  for (const text of [
    '',
    'a',
    'a@b',
    '@b.c',
    'a@',
    'a b@c.d',
    'a@b..c',
    'a@b.c@d.e',
    `${'a'.repeat(65)}@b.c`,
    `a@${'b'.repeat(260)}.c`,
  ])
    expect([text, emailAddress(text).isErr()]).toEqual([text, true]);
});

it('knows its own ids from anything else', () => {
  expect(isUuid('01890a5d-ac96-774b-bcce-b302099a8057')).toBe(true);
  for (const text of [
    '',
    'x',
    '01890A5D-AC96-774B-BCCE-B302099A8057',
    '01890a5d-ac96-774b-bcce-b302099a8057 ',
    '01890a5dac96774bbcceb302099a8057',
  ])
    expect(isUuid(text)).toBe(false);
});

it('stores any well-formed text and no other', () =>
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(isStorableText(text)).toBe(!text.includes('\0') && Buffer.from(text).toString() === text);
    }),
  ));

it('writes a moment so that it reads back as itself', () =>
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4e12 }), (ms) => {
      expect(Date.parse(iso(instant(ms)))).toBe(ms);
      expect(plus(plus(instant(ms), 5), -5)).toBe(ms);
    }),
  ));

it('notes the use of a key once a minute', () => {
  const at = instant(10 * MINUTE);
  expect(isUseWorthNoting(undefined, at)).toBe(true);
  expect(isUseWorthNoting(plus(at, -MINUTE), at)).toBe(true);
  expect(isUseWorthNoting(plus(at, 1 - MINUTE), at)).toBe(false);
  expect(keyPrefix('th_abcdefghijkl')).toBe('th_abcdef');
});
