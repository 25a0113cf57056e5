import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stockDatilio } from '../../../src/composition/datilio-plans.js';
import type { TestApp } from '../../support/app.js';
import { type Client, clientOf } from '../../support/client.js';
import { type Buyer, type Datilio, datilioOf } from './datilio.rig.js';
import type { Open } from './rig.js';

const LIMITS = {
  file_limit: 10,
  file_size_limit_mb: 20,
  ai_prompts_per_day: 30,
  synthetic_rows_per_month: 40,
};

/** What is on sale, and who says so. */
export const datilioPlansScenarios = (open: Open, answered: Set<string>) => {
  let app: TestApp;
  let call: Client;
  let datilio: Datilio;
  let admin: Buyer;
  beforeAll(async () => {
    app = await open();
    call = clientOf(app);
    datilio = datilioOf(app, call);
    admin = await datilio.buyer();
    await datilio.promote(admin);
  });
  afterAll(async () => {
    for (const line of app.answered) answered.add(line);
    expect(app.complaints).toEqual([]);
    await app.close();
  });
  const listed = async (query = '') => (await call(`GET /api/plans${query}`)).body;
  /** The price goes out as it is written, which JSON.stringify would not do. */
  const create = (name: string, price: string, over: object = {}, headers = {}) => {
    const { price_monthly: _, ...rest } = { name, price_monthly: 0, ...LIMITS, features: {}, ...over };
    const bytes = JSON.stringify(rest).replace(/\}$/, `,"price_monthly":${price}}`);
    return call('POST /api/plans', {
      token: admin.token,
      bytes,
      headers: { 'content-type': 'application/json', ...headers },
    });
  };

  describe('plans', () => {
    it('are there from the first start on, once, however many processes start', async () => {
      expect(await listed()).toEqual({ plans: [] });
      await Promise.all([stockDatilio(app.container), stockDatilio(app.container)]);
      await stockDatilio(app.container);
      const id = expect.any(Number);
      expect((await listed()).plans).toEqual([
        { id, name: 'Explorer', price_monthly: 0, features: ['data_profiling', 'synthetic_data'] },
        {
          id,
          name: 'DataPilot Pro',
          price_monthly: 29,
          features: ['data_profiling', 'exports', 'synthetic_data'],
        },
        {
          id,
          name: 'Datilio Team',
          price_monthly: 99,
          features: ['data_profiling', 'exports', 'synthetic_data', 'team_workspace'],
        },
      ]);
    });

    it('are added by platform admins, with all that they have, and the list names the features that are on', async () => {
      const features = { ai: true, exports: false, seats: 5, none: 0, note: '', nested: { deep: [1, null] } };
      const made = await create('Custom', '29.99', { features }, { 'idempotency-key': 'custom' });
      expect([made.status, made.body]).toEqual([
        201,
        {
          plan: { id: expect.any(Number), name: 'Custom', price_monthly: 29.99, ...LIMITS, features },
        },
      ]);
      const again = await create('Custom', '29.99', { features }, { 'idempotency-key': 'custom' });
      expect([again.status, again.body]).toEqual([201, made.body]);
      const other = await create('Custom', '30', { features }, { 'idempotency-key': 'custom' });
      expect([other.status, other.body.error.code]).toEqual([422, 'idempotency_key_reused']);
      const taken = await create('Custom', '5');
      expect([taken.status, taken.body.error.code]).toEqual([409, 'plan_name_taken']);
      const { plans } = await listed();
      const mine = plans.find(({ name }: { readonly name: string }) => name === 'Custom');
      expect(mine).toEqual({
        id: made.body.plan.id,
        name: 'Custom',
        price_monthly: 29.99,
        features: ['ai', 'nested', 'seats'],
      });
    });

    it('cost what was written, to the cent, or are refused by the name of the price', async () => {
      const written = ['0', '0.01', '0.29', '1.10', '2.9e1', '1005.05', '8.20000', '27777.77'];
      for (const [at, price] of written.entries()) {
        const made = await create(`Plan ${at}`, price);
        expect([price, made.status, made.body.plan?.price_monthly]).toEqual([price, 201, Number(price)]);
        expect(made.text).toContain(`"price_monthly":${Number(price)},`);
      }
      const refused = ['0.001', '29.999', '1e-3', '29.9900000000000001', '0.1000000000000000055511151231'];
      for (const price of [...refused, '27777.78', '-1', '1e400', '"29"', 'null', `1.${'0'.repeat(99)}`]) {
        const answer = await create('Refused', price);
        const [detail] = answer.body.error.details;
        expect([price, answer.status, detail.field]).toEqual([price, 400, 'price_monthly']);
      }
      const deep = await create('Refused', '1', { features: { a: { b: [0.5] } } });
      expect(deep.status).toBe(201);
    });

    it('keep no number that is not the one that was sent', async () => {
      const bytes = JSON.stringify({ name: 'Exact', price_monthly: 1, ...LIMITS, features: { a: ['?'] } });
      const send = (number: string) =>
        call('POST /api/plans', {
          token: admin.token,
          bytes: bytes.replace('"?"', number),
          headers: { 'content-type': 'application/json' },
        });
      const answer = await send('0.30000000000000000001');
      expect([answer.status, answer.body.error.details[0].field]).toEqual([400, 'features.a.0']);
      expect((await send('"0.30000000000000000001"')).status).toBe(201);
    });

    it('are listed in pages for who asks for pages', async () => {
      const all = (await listed()).plans;
      const first = await listed('?page_size=2');
      const second = await listed(`?page_size=${all.length}&page_token=${first.next_page_token}`);
      expect([...first.plans, ...second.plans]).toEqual(all);
      expect(second.next_page_token).toBeUndefined();
      const forged = await call('GET /api/plans?page_token=x');
      expect([forged.status, forged.body.error.code]).toEqual([400, 'invalid_page_token']);
    });
  });
};
