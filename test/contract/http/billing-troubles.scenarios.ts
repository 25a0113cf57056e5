import { describe, expect, it } from 'vitest';
import { signedBytes } from '../../../src/adapters/memory/billing/processor-events.js';
import { ports } from '../../../src/composition/tokens.js';
import { MINUTE, plus } from '../../../src/domain/shared/time.js';
import { NOW, type TestApp, WEBHOOK_SECRET } from '../../support/app.js';
import { type Client, clientOf, type World, world } from '../../support/client.js';
import { AWAY, type Paying, type Prices, payingOf, type Trouble, troubledBy } from './billing.rig.js';
import { makePlatformAdmin } from './fleet.rig.js';
import type { Open } from './rig.js';

type Stage = { app: TestApp; call: Client; here: World; paying: Paying; prices: Prices; trouble: Trouble };

/** A processor that refuses, is away, or is not set up; and whoever says that they are it. */
export const billingTroublesScenarios = (open: Open, answered: Set<string>) => {
  const stage = async (environment: Record<string, string> = {}): Promise<Stage> => {
    const trouble: Trouble = { failure: undefined };
    const app = await open({ environment, override: troubledBy(trouble) });
    const call = clientOf(app);
    const here = await world(app, call);
    await makePlatformAdmin(app, here.owner);
    const paying = payingOf(app, call);
    const prices = paying.prices('prod_one');
    await paying.sell(here.owner.token, 'One', prices);
    return { app, call, here, paying, prices, trouble };
  };
  const leave = async ({ app }: Stage, complaints: readonly unknown[] = []) => {
    for (const line of app.answered) answered.add(line);
    expect(app.complaints).toEqual(complaints);
    await app.close();
  };

  describe('trouble with payments', () => {
    it('is told as what it is, whatever was asked', async () => {
      const it = await stage();
      const { call, here, paying, prices, trouble } = it;
      const { token } = here.owner;
      await paying.subscribe(here.projectId, token, prices.monthly);
      const base = `/v1/projects/${here.projectId}`;
      const price_id = prices.yearly;
      const plan = paying.planJson('Two', paying.prices('prod_two'));
      const asked: readonly (readonly [string, object?])[] = [
        [`POST ${base}/checkout_session`, { ...AWAY, price_id, mode: 'setup' }],
        [`POST ${base}/portal_session`, { return_url: AWAY.success_url }],
        [`GET ${base}/invoices`],
        [`GET ${base}/upcoming_invoice`],
        [`POST ${base}/subscription:preview-change`, { price_id }],
        [`POST ${base}/plan`, { price_id }],
        [`POST ${base}/subscription/cancel`],
      ];
      const catalogue = ['POST /v1/subscription-plans', plan] as const;
      const refused = { kind: 'processor_refused', code: 'invalid_request', reason: 'No.' };
      const answers = async (calls: typeof asked) => {
        const codes = new Set<string>();
        for (const [at, json] of calls) {
          const { status, body } = await call(at, { token, ...(json && { json }) });
          codes.add(`${status} ${body?.error?.code}`);
        }
        return [...codes];
      };
      trouble.failure = { kind: 'payments_not_configured' };
      expect(await answers([...asked, catalogue])).toEqual(['503 payments_not_configured']);
      trouble.failure = refused;
      expect(await answers(asked)).toEqual(['502 processor_refused']);
      trouble.failure = undefined;
      expect((await call(`POST ${base}/subscription/cancel`, { token })).status).toBe(200);
      trouble.failure = refused;
      expect(await answers([[`POST ${base}/subscription/resume`]])).toEqual(['502 processor_refused']);
      // What is on record needs no processor.
      expect((await call(`GET ${base}/subscription`, { token })).body.status).toBe('active');
      await leave(it);
    });

    it('of a processor that does not answer leaves the change for later, and makes it once', async () => {
      const it = await stage();
      const { app, call, here, paying, prices } = it;
      const { token } = here.owner;
      await paying.subscribe(here.projectId, token, prices.monthly);
      const change = (key: string) =>
        call(`POST /v1/projects/${here.projectId}/plan`, {
          token,
          json: { price_id: prices.yearly },
          headers: { 'idempotency-key': key },
        });
      app.payments.faults.next('after', { call: 'changePrice' });
      const lost = await change('one');
      expect([lost.status, lost.body.error.code]).toEqual([503, 'unavailable']);
      const meanwhile = await change('two');
      expect([meanwhile.status, meanwhile.body.error.code]).toEqual([409, 'change_in_progress']);
      const found = await change('one');
      expect([found.status, found.body.price_id]).toEqual([200, prices.yearly]);
      expect(paying.processor.counts().charges).toBe(2);
      await leave(it, [expect.anything()]);
    });

    it('does not come of who asks for what is not sold, or to be led to where they may not', async () => {
      const here = await stage();
      const ask = async (json: object, on = here) => {
        const { projectId, owner } = on.here;
        const asked = { price_id: on.prices.monthly, ...json };
        const { status, body } = await on.paying.checkout(projectId, owner.token, asked);
        return status === 200 ? [200] : [status, body.error.code, body.error.details?.[0].field];
      };
      const once = here.paying.price({ every: undefined });
      for (const price_id of ['price_nobody_made', '', once, here.paying.price()])
        expect(await ask({ price_id })).toEqual([400, 'price_unknown', 'price_id']);
      for (const price_id of [here.prices.monthly, 'price_nobody_made'])
        expect(await ask({ price_id, mode: 'payment' })).toEqual([400, 'price_unknown', 'price_id']);
      const away = ['http://app.example.com/', 'https://user@app.example.com/', 'javascript:alert(1)'];
      for (const field of ['success_url', 'cancel_url'])
        for (const url of [...away, `${AWAY.success_url}?${'x'.repeat(2_048)}`])
          expect(await ask({ [field]: url })).toEqual([400, 'url_not_allowed', field]);
      expect(here.paying.processor.counts()).toMatchObject({ subscriptions: 0, charges: 0 });
      await leave(here);

      const late = await stage();
      const { projectId, owner } = late.here;
      await late.paying.subscribe(projectId, owner.token, late.prices.monthly);
      const other = await late.call('POST /v1/projects', { token: owner.token, json: { name: 'Other' } });
      late.paying.processor.archivePrice(late.prices.yearly);
      const gone = { token: owner.token, json: { price_id: late.prices.yearly } };
      const answers = [
        await late.paying.checkout(other.body.id, owner.token, gone.json),
        await late.call(`POST /v1/projects/${projectId}/subscription:preview-change`, gone),
        await late.call(`POST /v1/projects/${projectId}/plan`, gone),
      ];
      for (const { status, body } of answers)
        expect([status, body.error.code, body.error.details[0].field]).toEqual([
          ...[400, 'price_unknown', 'price_id'],
        ]);
      await leave(late);

      const few = await stage({ ALLOWED_REDIRECT_HOSTS: 'app.example.com' });
      const cancel_url = 'https://app.example.com:8443/back';
      expect(await ask({ cancel_url }, few)).toEqual([200]);
      const success_url = 'https://app.example.com.evil.example/';
      expect(await ask({ cancel_url, success_url }, few)).toEqual([400, 'url_not_allowed', 'success_url']);
      await leave(few);
    });
  });

  describe('the webhook', () => {
    it('takes what the processor signed, now and as it is, and each event once', async () => {
      const it = await stage();
      const { app, call, here, paying, prices } = it;
      const { token } = here.owner;
      const { body: session } = await paying.checkout(here.projectId, token, { price_id: prices.monthly });
      paying.processor.complete(session.session_id);
      const [event, ...more] = paying.processor.takeEvents();
      if (event === undefined) throw new Error('nothing was told');
      const { raw, signature } = paying.processor.delivery(event);
      const refused = async (bytes: Uint8Array, signed: string | undefined) => {
        const { status, body } = await paying.post(bytes, signed);
        return [status, body.error?.code];
      };
      expect(await refused(raw, undefined)).toEqual([400, 'signature_missing']);
      expect(await refused(raw, 'nonsense')).toEqual([400, 'signature_invalid']);
      const again = Buffer.from(JSON.stringify(JSON.parse(Buffer.from(raw).toString()), undefined, 1));
      expect(await refused(again, signature)).toEqual([400, 'signature_invalid']);
      const stale = signedBytes(raw, plus(NOW, -6 * MINUTE), WEBHOOK_SECRET);
      expect(await refused(stale.raw, stale.signature)).toEqual([400, 'signature_invalid']);
      const others = signedBytes(raw, NOW, 'the secret of somebody else');
      expect(await refused(others.raw, others.signature)).toEqual([400, 'signature_invalid']);
      const garbage = signedBytes(Buffer.from('not json'), NOW, WEBHOOK_SECRET);
      expect(await refused(garbage.raw, garbage.signature)).toEqual([400, 'malformed_event']);
      expect((await paying.post(Buffer.alloc(1024 * 1024 + 1, ' '), signature)).status).toBe(413);
      const shown = async () =>
        (await call(`GET /v1/projects/${here.projectId}/subscription`, { token })).body.status;
      expect(await shown()).toBe('');
      const stranger = paying.processor.delivery({ ...event, id: 'evt_stranger', customer: 'cus_nobody' });
      expect((await paying.post(stranger.raw, stranger.signature)).status).toBe(200);
      expect(await shown()).toBe('');
      for (let times = 0; times < 3; times += 1) expect((await paying.post(raw, signature)).status).toBe(200);
      expect(await shown()).toBe('active');
      for (const late of more.toReversed()) {
        const { raw: bytes, signature: signed } = paying.processor.delivery(late);
        expect((await paying.post(bytes, signed)).status).toBe(200);
      }
      expect(await shown()).toBe('active');
      const inHand = { ...event, id: 'evt_in_hand' };
      const { connection } = app.container
        .get(ports.processor)
        .events.verify(raw, signature, NOW)
        ._unsafeUnwrap();
      const claimed = await app.container
        .get(ports.inboundEvents)
        .claim({ connection, id: inHand.id, type: inHand.type, door: 'a test' }, NOW, plus(NOW, MINUTE));
      expect(claimed._unsafeUnwrap().kind).toBe('claimed');
      const busy = paying.processor.delivery(inHand);
      const held = await paying.post(busy.raw, busy.signature);
      expect([held.status, held.body.error.code, held.headers.get('retry-after')]).toEqual([
        503,
        'event_in_flight',
        '1',
      ]);
      app.clock.advance(MINUTE);
      const freed = paying.processor.delivery(inHand);
      expect((await paying.post(freed.raw, freed.signature)).status).toBe(200);
      await leave(it);
    });
  });
};
