import { err, ok } from 'neverthrow';
import { afterEach, describe, expect, it } from 'vitest';
import { DAY, plus } from '../../../src/domain/shared/time.js';
import { controlsOf, HERE, KEYLESS, type OpenStage, type ProcessorStage, payer } from './processor.rig.js';

export const metersContract = (name: string, open: OpenStage, controlled: boolean) =>
  describe(`Meters: ${name}`, () => {
    let stage: ProcessorStage;
    afterEach(() => stage.close());

    /** A plan for 10.00 with usage beside it, at a cent. */
    const metered = async () => {
      const customer = await payer(stage);
      const plan = await stage.price({ amount: 1_000n });
      const usage = await stage.price({ amount: 1n, metered: true });
      return { customer, subscription: await stage.subscribe(customer, [plan, usage]) };
    };
    const use = (customer: string, cents: bigint, over: { key?: string; ago?: number } = {}) =>
      stage.processor.meters.report(HERE, {
        key: over.key ?? stage.fresh('line'),
        customer,
        cents,
        usedAt: plus(stage.now(), -(over.ago ?? 0)),
      });

    it('takes usage', async () => {
      stage = await open();
      const { customer } = await metered();
      expect(await use(customer, 1_234n)).toEqual(ok(undefined));
    });

    it('refuses usage of longer ago than 35 days', async () => {
      stage = await open();
      const { customer } = await metered();
      expect((await use(customer, 1n, { ago: 36 * DAY }))._unsafeUnwrapErr().kind).toBe('processor_refused');
    });

    it('does nothing for a seller without a key', async () => {
      stage = await open();
      const usage = { key: 'key', customer: 'cus', cents: 1n, usedAt: stage.now() };
      expect(await stage.processor.meters.report(KEYLESS, usage)).toEqual(
        err({ kind: 'payments_not_configured' }),
      );
    });

    if (!controlled) return;

    const dueNext = async (subscription: string): Promise<bigint | undefined> =>
      (await stage.processor.invoices.upcoming(HERE, subscription))._unsafeUnwrap()?.amountDue;

    it('puts what was used on the next invoice, to the cent', async () => {
      stage = await open();
      const { customer, subscription } = await metered();
      (await use(customer, 1_234n))._unsafeUnwrap();
      (await use(customer, 66n))._unsafeUnwrap();
      expect(await dueNext(subscription)).toBe(2_300n);
    });

    it('counts a key once, also when keys of calls are long forgotten', async () => {
      stage = await open();
      const { customer, subscription } = await metered();
      const key = stage.fresh('line');
      const usedAt = stage.now();
      const report = () => stage.processor.meters.report(HERE, { key, customer, cents: 500n, usedAt });
      expect(await report()).toEqual(ok(undefined));
      expect(await report()).toEqual(ok(undefined));
      await controlsOf(stage).advance(3 * DAY);
      expect(await report()).toEqual(ok(undefined));
      expect(await dueNext(subscription)).toBe(1_500n);
    });

    it.each(['before', 'after'] as const)(
      'counts once when the first answer got lost %s it was counted',
      async (fault) => {
        stage = await open();
        const { customer, subscription } = await metered();
        const key = stage.fresh('line');
        controlsOf(stage).fail(fault, 'report');
        expect((await use(customer, 500n, { key }))._unsafeUnwrapErr().kind).toBe('unavailable');
        expect(await use(customer, 500n, { key })).toEqual(ok(undefined));
        expect(await dueNext(subscription)).toBe(1_500n);
      },
    );
  });
