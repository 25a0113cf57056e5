import { describe, expect, it } from 'vitest';
import { iso, MINUTE, plus } from '../../../src/domain/shared/time.js';
import { NOW, type TestApp } from '../../support/app.js';
import type { Client, World } from '../../support/client.js';
import { type Paying, payingOf } from './billing.rig.js';
import { makePlatformAdmin } from './fleet.rig.js';
import { type Open, onStage, RANDOM_ID } from './rig.js';

/** What is on sale, and who says so. */
export const billingPlansScenarios = (open: Open, answered: Set<string>) => {
  let app: TestApp;
  let call: Client;
  let here: World;
  let paying: Paying;
  onStage(open, answered, (...staged) => {
    [app, call, here] = staged;
    paying = payingOf(app, call);
  });
  const create = (json: unknown, headers = {}) =>
    call('POST /v1/subscription-plans', { token: here.owner.token, json, headers });
  const update = (id: string, json: unknown, token = here.owner.token) =>
    call(`PATCH /v1/subscription-plans/${id}`, { token, json });
  const listed = async () => (await call('GET /v1/plans')).body.items;
  const refused = ({ status, body }: Awaited<ReturnType<typeof create>>) => [
    status,
    body.error.code,
    body.error.details?.[0].field,
  ];

  describe('plans', () => {
    it('are put on sale by platform admins, at the amounts that the processor says then, and shown to all', async () => {
      expect(await listed()).toEqual([]);
      await makePlatformAdmin(app, here.owner);
      const prices = paying.prices('prod_team', 1_900n);
      const json = paying.planJson('Team', prices);
      const headers = { 'idempotency-key': 'team' };
      const made = await create(json, headers);
      expect(made.status).toBe(201);
      expect(made.body).toEqual({
        id: expect.any(String),
        ...json,
        created_at: iso(NOW),
        updated_at: iso(NOW),
      });
      const again = await create(json, headers);
      expect([again.status, again.body]).toEqual([201, made.body]);
      const other = await create({ ...json, name: 'Another' }, headers);
      expect([other.status, other.body.error.code]).toEqual([422, 'idempotency_key_reused']);
      expect(await listed()).toEqual([
        { ...made.body, monthly_price: 1_900, yearly_price: 19_000, currency: 'usd', features: [] },
      ]);
      const second = paying.prices('prod_solo', 500n);
      await paying.sell(here.owner.token, 'Solo', second);
      const first = await call('GET /v1/plans?page_size=1');
      const next = await call(`GET /v1/plans?page_size=1&page_token=${first.body.next_page_token}`);
      expect([first.body.items[0].name, next.body.items[0].name]).toEqual(['Team', 'Solo']);
      expect(next.body.next_page_token).toBeUndefined();
      const forged = await call('GET /v1/plans?page_token=x');
      expect([forged.status, forged.body.error.code]).toEqual([400, 'invalid_page_token']);
    });

    it('are not made of prices that cannot be sold, nor of what another plan has', async () => {
      const taken = { name: 'Solo', stripe_product_id: 'prod_solo' };
      const [team, solo] = await listed();
      const prices = paying.prices('prod_bad');
      const json = paying.planJson('Bad', prices);
      const every = { interval: 'month', count: 3 } as const;
      const product = { productId: 'prod_bad' };
      const year = { ...product, every: { interval: 'year', count: 1 } } as const;
      const archived = paying.price(product);
      paying.processor.archivePrice(archived);
      const bad: readonly (readonly [object, string])[] = [
        [{ monthly_price_id: 'price_nobody_made' }, 'monthly_price_id'],
        [{ monthly_price_id: archived }, 'monthly_price_id'],
        [{ monthly_price_id: prices.yearly }, 'monthly_price_id'],
        [{ monthly_price_id: paying.price({ ...product, every }) }, 'monthly_price_id'],
        [{ monthly_price_id: paying.price({ ...product, every: undefined }) }, 'monthly_price_id'],
        [{ monthly_price_id: paying.price({ ...product, amount: undefined }) }, 'monthly_price_id'],
        [{ monthly_price_id: paying.price({ ...product, metered: true }) }, 'monthly_price_id'],
        [{ yearly_price_id: prices.monthly }, 'yearly_price_id'],
        [{ yearly_price_id: paying.price({ ...year, currency: 'eur' }) }, 'yearly_price_id'],
        [{ yearly_price_id: paying.price({ ...year, productId: 'prod_else' }) }, 'yearly_price_id'],
        [{ stripe_product_id: 'prod_else' }, 'stripe_product_id'],
      ];
      for (const [flaw, field] of bad)
        expect(refused(await create({ ...json, ...flaw })), JSON.stringify(flaw)).toEqual([
          400,
          'price_not_usable',
          field,
        ]);
      expect(refused(await create({ ...json, name: 'Team' }))).toEqual([409, 'plan_name_taken', undefined]);
      const { monthly_price_id, yearly_price_id } = solo;
      expect(refused(await create({ ...taken, name: 'Copy', monthly_price_id, yearly_price_id }))).toEqual([
        409,
        'price_taken',
        undefined,
      ]);
      expect(refused(await update(solo.id, { name: 'Team' }))).toEqual([409, 'plan_name_taken', undefined]);
      expect(refused(await update(solo.id, { monthly_price_id: archived }))[1]).toBe('price_not_usable');
      expect(refused(await update(RANDOM_ID, { name: 'Nothing' }))).toEqual([404, 'not_found', undefined]);
      expect((await update('not-an-id', { name: 'Nothing' })).status).toBe(404);
      expect((await update(solo.id, { name: 'Mine' }, here.admin.token)).status).toBe(403);
      expect(await listed()).toEqual([team, solo]);
    });

    it('are renamed, and sold at other prices from then on, while who is subscribed keeps theirs', async () => {
      const [team] = await listed();
      const { token } = here.owner;
      await paying.subscribe(here.projectId, token, team.monthly_price_id);
      app.clock.advance(MINUTE);
      const dearer = paying.prices('prod_crew', 2_500n);
      const answer = await update(team.id, paying.planJson('Crew', dearer));
      expect(answer.body).toEqual({
        ...paying.planJson('Crew', dearer),
        id: team.id,
        created_at: team.created_at,
        updated_at: iso(plus(NOW, MINUTE)),
      });
      const [crew] = await listed();
      expect([crew.name, crew.monthly_price, crew.yearly_price]).toEqual(['Crew', 2_500, 25_000]);
      const subscription = await call(`GET /v1/projects/${here.projectId}/subscription`, { token });
      expect(subscription.body.price_id).toBe(team.monthly_price_id);
      const { id } = (await call('POST /v1/projects', { token, json: { name: 'Another' } })).body;
      const old = await paying.checkout(id, token, { price_id: team.monthly_price_id });
      expect([old.status, old.body.error.code]).toEqual([400, 'price_unknown']);
    });
  });
};
