import fc from 'fast-check';
import { errAsync, ok, okAsync } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { paged, pageQuery } from '../../../../src/adapters/http/kit/page.js';
import { keyRing } from '../../../../src/adapters/system/key-ring.js';
import { systemPageTokens } from '../../../../src/adapters/system/page-tokens.js';
import type { PageRequest } from '../../../../src/domain/shared/page.js';

const tokens = systemPageTokens(keyRing(['a secret key of more than thirty-two characters'])._unsafeUnwrap());
const query = pageQuery({ fallback: 50, max: 1000 });

const listOf = (all: readonly number[]) => (page: PageRequest<string>) => {
  const from = page.after === undefined ? 0 : Number(page.after) + 1;
  const items = all.slice(from, from + page.size);
  const last = from + items.length - 1;
  return okAsync(last < all.length - 1 ? { items, next: String(last) } : { items });
};

describe('a paged list', () => {
  it('gives every item once, in order, whatever the size of the pages', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 30 }), fc.integer({ min: 1, max: 7 }), async (count, size) => {
        const all = Array.from({ length: count }, (_, index) => index);
        const seen: number[] = [];
        let token: string | undefined;
        do {
          const page = (
            await paged(tokens, 'numbers', { page_size: size, page_token: token }, listOf(all))
          )._unsafeUnwrap();
          expect(page.items.length).toBeLessThanOrEqual(size);
          seen.push(...page.items);
          token = page.next_page_token;
        } while (token !== undefined);
        expect(seen).toEqual(all);
      }),
    );
  });

  it('opens with its own tokens only', async () => {
    const token = tokens.issue('numbers', '3');
    const read = (list: string, page_token: string) =>
      paged(tokens, list, { page_size: 2, page_token }, listOf([0, 1, 2, 3, 4, 5]));
    expect(await read('numbers', token)).toEqual(ok({ items: [4, 5] }));
    for (const [list, bad] of [
      ['letters', token],
      ['numbers', `${token}A`],
      ['numbers', ''],
      ['numbers', 'x'],
      ['numbers', token.slice(1)],
    ] as const)
      expect((await read(list, bad))._unsafeUnwrapErr()).toEqual({ kind: 'invalid_page_token' });
  });

  it('does not read anything for a token that is not its own', async () => {
    let reads = 0;
    const refused = await paged(tokens, 'numbers', { page_size: 2, page_token: 'x' }, () => {
      reads += 1;
      return errAsync({ kind: 'unavailable' as const });
    });
    expect([refused.isErr(), reads]).toEqual([true, 0]);
  });
});

describe('the size of a page', () => {
  it('is a whole number from 1 to the cap, and has a fallback', () => {
    expect(query.parse({})).toEqual({ page_size: 50 });
    expect(query.parse({ page_size: '1000', page_token: 't' })).toEqual({ page_size: 1000, page_token: 't' });
    for (const page_size of ['0', '1001', '-1', '1.5', 'ten', '', ['1', '2']])
      expect([page_size, query.safeParse({ page_size }).success]).toEqual([page_size, false]);
    expect(query.safeParse({ page_token: 'x'.repeat(2_049) }).success).toBe(false);
  });
});
