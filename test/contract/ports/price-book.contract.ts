import { err, ok } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { currency } from '../../../src/domain/billing/currency.js';
import { DAY, plus } from '../../../src/domain/shared/time.js';
import type { PriceBook } from '../../../src/ports/billing/price-book.js';
import { AT } from '../../support/accounts.js';

const usd = currency('usd')._unsafeUnwrap();
const cents = (micros: bigint) => ({ micros, currency: usd });

export const priceBookContract = (name: string, open: () => Promise<PriceBook>) =>
  describe(`PriceBook: ${name}`, () => {
    it('is empty at first, and then has every price with the moment from which it holds', async () => {
      const book = await open();
      expect(await book.versions('storage')).toEqual(ok([]));
      expect(await book.extend('storage', cents(667n), AT)).toEqual(ok(undefined));
      // More micro-units than a number holds exactly.
      const dear = cents(9_007_199_254_740_993n);
      expect(await book.extend('storage', dear, plus(AT, DAY))).toEqual(ok(undefined));
      expect(await book.versions('storage')).toEqual(
        ok([
          { item: 'storage', price: cents(667n), validFrom: AT },
          { item: 'storage', price: dear, validFrom: plus(AT, DAY) },
        ]),
      );
    });

    it('keeps one version for a price that has not changed, and gives it a new one when it comes back', async () => {
      const book = await open();
      for (const [micros, days] of [
        [1n, 0],
        [1n, 1],
        [2n, 2],
        [1n, 3],
      ] as const)
        expect((await book.extend('storage', cents(micros), plus(AT, days * DAY))).isOk()).toBe(true);
      expect(
        (await book.versions('storage'))
          ._unsafeUnwrap()
          .map(({ price, validFrom }) => [price.micros, validFrom]),
      ).toEqual([
        [1n, AT],
        [2n, plus(AT, 2 * DAY)],
        [1n, plus(AT, 3 * DAY)],
      ]);
    });

    it('lets processes that start at the same moment with the same price add it once', async () => {
      const book = await open();
      const all = Array.from({ length: 8 }, (_, n) => book.extend('storage', cents(667n), plus(AT, n)));
      for (const added of await Promise.all(all)) expect(added).toEqual(ok(undefined));
      expect((await book.versions('storage'))._unsafeUnwrap()).toHaveLength(1);
    });

    it('orders the versions of processes whose clocks differ as they were added', async () => {
      const book = await open();
      expect((await book.extend('storage', cents(1n), AT)).isOk()).toBe(true);
      expect((await book.extend('storage', cents(2n), plus(AT, -DAY))).isOk()).toBe(true);
      expect(
        (await book.versions('storage'))
          ._unsafeUnwrap()
          .map(({ price, validFrom }) => [price.micros, validFrom]),
      ).toEqual([
        [1n, AT],
        [2n, plus(AT, 1)],
      ]);
    });

    it('has one currency', async () => {
      const book = await open();
      expect((await book.extend('storage', cents(1n), AT)).isOk()).toBe(true);
      const eur = currency('eur')._unsafeUnwrap();
      expect(await book.extend('storage', { micros: 1n, currency: eur }, plus(AT, DAY))).toEqual(
        err({ kind: 'other_currency', currency: usd }),
      );
      expect((await book.versions('storage'))._unsafeUnwrap()).toHaveLength(1);
    });
  });
