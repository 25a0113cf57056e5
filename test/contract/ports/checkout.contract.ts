import { err, ok } from 'neverthrow';
import { afterEach, describe, expect, it } from 'vitest';
import { DAY } from '../../../src/domain/shared/time.js';
import { controlsOf, HERE, KEYLESS, type OpenStage, type ProcessorStage, payer } from './processor.rig.js';

const PAGES = { successUrl: 'https://shop.test/done', cancelUrl: 'https://shop.test/back' };

export const checkoutContract = (name: string, open: OpenStage, controlled: boolean) =>
  describe(`Checkout: ${name}`, () => {
    let stage: ProcessorStage;
    afterEach(() => stage.close());

    const person = () => ({
      key: stage.fresh('customer'),
      name: 'Ada',
      email: 'ada@example.com',
      labels: { account: 'a-1' },
    });
    const session = (
      customer: string,
      price: string | undefined,
      mode: 'payment' | 'subscription' | 'setup',
    ) => ({
      key: stage.fresh('session'),
      customer,
      mode,
      ...(price !== undefined && { price }),
      ...PAGES,
      labels: { project: 'p-1' },
    });

    it('makes one customer for a key, whatever is asked later', async () => {
      stage = await open();
      const { checkout } = stage.processor;
      const ada = person();
      const id = (await checkout.ensureCustomer(HERE, ada))._unsafeUnwrap();
      expect(await checkout.ensureCustomer(HERE, ada)).toEqual(ok(id));
      expect((await checkout.ensureCustomer(HERE, person()))._unsafeUnwrap()).not.toBe(id);
    });

    it('takes a customer without an e-mail address, and a key with a quote in it', async () => {
      stage = await open();
      const { checkout } = stage.processor;
      const nameless = { key: `${stage.fresh('key')}/of a 'name'`, name: 'Ada', labels: {} };
      expect((await checkout.ensureCustomer(HERE, nameless)).isOk()).toBe(true);
    });

    it('opens a page for a subscription, and the same one for the same key', async () => {
      stage = await open();
      const { checkout } = stage.processor;
      const wanted = session(await payer(stage), await stage.price({ amount: 900n }), 'subscription');
      const opened = (await checkout.open(HERE, wanted))._unsafeUnwrap();
      expect(opened.url).toMatch(/^https?:\/\//);
      expect(opened.expiresAt).toBeGreaterThan(stage.now());
      expect(opened.expiresAt).toBeLessThanOrEqual(stage.now() + DAY + 60_000);
      expect((await checkout.open(HERE, wanted))._unsafeUnwrap()).toEqual(opened);
    });

    it('opens a page to pay once, and one to keep a card that needs no price', async () => {
      stage = await open();
      const { checkout } = stage.processor;
      const customer = await payer(stage);
      const once = await stage.price({ amount: 900n, once: true });
      expect((await checkout.open(HERE, session(customer, once, 'payment'))).isOk()).toBe(true);
      expect((await checkout.open(HERE, session(customer, undefined, 'setup'))).isOk()).toBe(true);
      expect((await checkout.open(HERE, session(customer, once, 'setup'))).isOk()).toBe(true);
    });

    it('says what is missing: the customer, the price, or any price', async () => {
      stage = await open();
      const { checkout } = stage.processor;
      const customer = await payer(stage);
      const price = await stage.price({ amount: 900n });
      expect(await checkout.open(HERE, session('cus_nobody', price, 'subscription'))).toEqual(
        err({ kind: 'processor_missing', what: 'customer' }),
      );
      expect(await checkout.open(HERE, session(customer, 'price_none', 'subscription'))).toEqual(
        err({ kind: 'processor_missing', what: 'price' }),
      );
      const without = await checkout.open(HERE, session(customer, undefined, 'subscription'));
      expect(without._unsafeUnwrapErr()).toMatchObject({
        kind: 'processor_refused',
        code: 'parameter_missing',
      });
    });

    it('refuses an archived price, and a recurring one where one pays once', async () => {
      stage = await open();
      const { checkout } = stage.processor;
      const customer = await payer(stage);
      const price = await stage.price({ amount: 900n });
      const recurring = await checkout.open(HERE, session(customer, price, 'payment'));
      expect(recurring._unsafeUnwrapErr().kind).toBe('processor_refused');
      await stage.archive(price);
      const archived = await checkout.open(HERE, session(customer, price, 'subscription'));
      expect(archived._unsafeUnwrapErr().kind).toBe('processor_refused');
    });

    it('does not open another page with the same key', async () => {
      stage = await open();
      const { checkout } = stage.processor;
      const customer = await payer(stage);
      const wanted = session(customer, undefined, 'setup');
      (await checkout.open(HERE, wanted))._unsafeUnwrap();
      const other = await checkout.open(HERE, { ...wanted, successUrl: 'https://shop.test/elsewhere' });
      expect(other._unsafeUnwrapErr().kind).toBe('processor_refused');
    });

    it('ends a page, and is content with one that has ended', async () => {
      stage = await open();
      const { checkout } = stage.processor;
      const { id } = (
        await checkout.open(HERE, session(await payer(stage), undefined, 'setup'))
      )._unsafeUnwrap();
      expect(await checkout.expire(HERE, id)).toEqual(ok(undefined));
      expect(await checkout.expire(HERE, id)).toEqual(ok(undefined));
      expect(await checkout.expire(HERE, 'cs_test_none')).toEqual(
        err({ kind: 'processor_missing', what: 'checkout session' }),
      );
    });

    it('opens the portal of a customer who is there', async () => {
      stage = await open();
      const { checkout } = stage.processor;
      const returnUrl = 'https://shop.test/billing';
      const opened = await checkout.portal(HERE, { customer: await payer(stage), returnUrl });
      expect(opened._unsafeUnwrap().url).toMatch(/^https?:\/\//);
      expect(await checkout.portal(HERE, { customer: 'cus_nobody', returnUrl })).toEqual(
        err({ kind: 'processor_missing', what: 'customer' }),
      );
    });

    it('does nothing for a seller without a key', async () => {
      stage = await open();
      const { checkout } = stage.processor;
      const none = err({ kind: 'payments_not_configured' });
      expect(await checkout.ensureCustomer(KEYLESS, person())).toEqual(none);
      expect(await checkout.open(KEYLESS, session('cus', undefined, 'setup'))).toEqual(none);
      expect(await checkout.expire(KEYLESS, 'cs')).toEqual(none);
      expect(await checkout.portal(KEYLESS, { customer: 'cus', returnUrl: 'https://shop.test' })).toEqual(
        none,
      );
    });

    if (!controlled) return;

    it.each(['before', 'after'] as const)(
      'makes one customer when the first answer got lost %s it was made',
      async (fault) => {
        stage = await open();
        const { fail, counts } = controlsOf(stage);
        const ada = person();
        fail(fault, 'ensureCustomer');
        const lost = await stage.processor.checkout.ensureCustomer(HERE, ada);
        expect(lost._unsafeUnwrapErr().kind).toBe('unavailable');
        const id = (await stage.processor.checkout.ensureCustomer(HERE, ada))._unsafeUnwrap();
        expect((await counts()).customers).toBe(1);
        expect(
          (
            await stage.processor.checkout.portal(HERE, { customer: id, returnUrl: 'https://shop.test' })
          ).isOk(),
        ).toBe(true);
      },
    );

    it('finds a customer under the key when the processor has long forgotten keys', async () => {
      stage = await open();
      const { advance, counts } = controlsOf(stage);
      const ada = person();
      const id = (await stage.processor.checkout.ensureCustomer(HERE, ada))._unsafeUnwrap();
      await advance(40 * DAY);
      const later = await stage.processor.checkout.ensureCustomer(HERE, { ...ada, name: 'Ada L.' });
      expect(later).toEqual(ok(id));
      expect((await counts()).customers).toBe(1);
    });

    it('opens one page when the first answer got lost after it was opened', async () => {
      stage = await open();
      const wanted = session(await payer(stage), undefined, 'setup');
      controlsOf(stage).fail('after', 'open');
      const { checkout } = stage.processor;
      expect((await checkout.open(HERE, wanted))._unsafeUnwrapErr().kind).toBe('unavailable');
      const opened = (await checkout.open(HERE, wanted))._unsafeUnwrap();
      expect((await checkout.open(HERE, wanted))._unsafeUnwrap()).toEqual(opened);
    });

    it('is content with a page that has ended by itself', async () => {
      stage = await open();
      const { checkout } = stage.processor;
      const { id } = (
        await checkout.open(HERE, session(await payer(stage), undefined, 'setup'))
      )._unsafeUnwrap();
      await controlsOf(stage).advance(2 * DAY);
      expect(await checkout.expire(HERE, id)).toEqual(ok(undefined));
    });
  });
