import { err } from 'neverthrow';
import { afterEach, describe, expect, it } from 'vitest';
import { controlsOf, HERE, KEYLESS, MONTHLY, type OpenStage, type ProcessorStage } from './processor.rig.js';

export const catalogueContract = (name: string, open: OpenStage, controlled: boolean) =>
  describe(`Catalogue: ${name}`, () => {
    let stage: ProcessorStage;
    afterEach(() => stage.close());

    const wanted = (over: { key?: string; amount?: bigint; product?: string } = {}) => ({
      key: over.key ?? stage.fresh('price'),
      product: { id: over.product ?? stage.fresh('product'), name: 'A plan' },
      currency: 'usd',
      amount: over.amount ?? 1_999n,
      every: MONTHLY,
    });

    it('makes a price that it then shows with all its terms', async () => {
      stage = await open();
      const { catalogue } = stage.processor;
      const terms = wanted();
      const made = (await catalogue.ensurePrice(HERE, terms))._unsafeUnwrap();
      expect(made).toEqual({
        id: made.id,
        productId: terms.product.id,
        active: true,
        currency: 'usd',
        amount: 1_999n,
        every: MONTHLY,
        metered: false,
      });
      expect((await catalogue.price(HERE, made.id))._unsafeUnwrap()).toEqual(made);
    });

    it('finds the price again under its key, and makes none beside it', async () => {
      stage = await open();
      const { catalogue } = stage.processor;
      const terms = wanted();
      const first = (await catalogue.ensurePrice(HERE, terms))._unsafeUnwrap();
      expect((await catalogue.ensurePrice(HERE, terms))._unsafeUnwrap().id).toBe(first.id);
    });

    it('sells one product at several prices', async () => {
      stage = await open();
      const { catalogue } = stage.processor;
      const product = stage.fresh('product');
      const month = (await catalogue.ensurePrice(HERE, wanted({ product })))._unsafeUnwrap();
      const quarter = (
        await catalogue.ensurePrice(HERE, { ...wanted({ product }), every: { interval: 'month', count: 3 } })
      )._unsafeUnwrap();
      expect(quarter.id).not.toBe(month.id);
      expect(quarter).toMatchObject({ productId: product, every: { interval: 'month', count: 3 } });
    });

    it('does not pass off a price with other terms as the one that is wanted', async () => {
      stage = await open();
      const { catalogue } = stage.processor;
      const terms = wanted();
      (await catalogue.ensurePrice(HERE, terms))._unsafeUnwrap();
      const other = await catalogue.ensurePrice(HERE, { ...terms, amount: 2_000n });
      expect(other._unsafeUnwrapErr()).toMatchObject({
        kind: 'processor_refused',
        code: 'lookup_key_in_use',
      });
    });

    it('keeps amounts to the last cent, and knows free ones', async () => {
      stage = await open();
      const { catalogue } = stage.processor;
      for (const amount of [0n, 1n, 99_999_999n]) {
        const made = (await catalogue.ensurePrice(HERE, wanted({ amount })))._unsafeUnwrap();
        expect((await catalogue.price(HERE, made.id))._unsafeUnwrap().amount).toBe(amount);
      }
    });

    it('refuses an amount below nothing', async () => {
      stage = await open();
      const made = await stage.processor.catalogue.ensurePrice(HERE, wanted({ amount: -1n }));
      expect(made._unsafeUnwrapErr()).toMatchObject({ kind: 'processor_refused', code: 'invalid_amount' });
    });

    it('tells prices paid once, by usage, and archived ones apart', async () => {
      stage = await open();
      const { catalogue } = stage.processor;
      const once = await stage.price({ amount: 500n, once: true });
      const metered = await stage.price({ amount: 1n, metered: true });
      const archived = await stage.price({ amount: 700n });
      await stage.archive(archived);
      const view = async (id: string) => (await catalogue.price(HERE, id))._unsafeUnwrap();
      expect(await view(once)).toMatchObject({
        every: undefined,
        amount: 500n,
        metered: false,
        active: true,
      });
      expect(await view(metered)).toMatchObject({ amount: undefined, metered: true, every: MONTHLY });
      expect(await view(archived)).toMatchObject({ active: false, amount: 700n });
    });

    it('says that a price is not there', async () => {
      stage = await open();
      expect(await stage.processor.catalogue.price(HERE, 'price_of_nothing')).toEqual(
        err({ kind: 'processor_missing', what: 'price' }),
      );
    });

    it('does nothing for a seller without a key', async () => {
      stage = await open();
      const { catalogue } = stage.processor;
      const none = err({ kind: 'payments_not_configured' });
      expect(await catalogue.price(KEYLESS, 'price')).toEqual(none);
      expect(await catalogue.ensurePrice(KEYLESS, wanted())).toEqual(none);
    });

    if (!controlled) return;

    it.each(['before', 'after'] as const)(
      'makes one price when the first answer got lost %s it was made',
      async (fault) => {
        stage = await open();
        const { catalogue } = stage.processor;
        const terms = wanted();
        controlsOf(stage).fail(fault, 'ensurePrice');
        expect((await catalogue.ensurePrice(HERE, terms))._unsafeUnwrapErr().kind).toBe('unavailable');
        const made = (await catalogue.ensurePrice(HERE, terms))._unsafeUnwrap();
        expect((await catalogue.ensurePrice(HERE, terms))._unsafeUnwrap()).toEqual(made);
      },
    );
  });
