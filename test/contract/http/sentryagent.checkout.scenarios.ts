import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memoryProcessor } from '../../../src/adapters/memory/billing/processor.js';
import { ports } from '../../../src/composition/tokens.js';
import { rebind, type TestApp } from '../../support/app.js';
import { type Client, clientOf } from '../../support/client.js';
import { type Paying, payingOf } from './billing.rig.js';
import type { Open } from './rig.js';
import { CHECKOUT, type Organizations, organizationsOf, sellPlan, signed, URLS } from './sentryagent.rig.js';

/** An organization's way to pay: whose it is, what it buys, and what keeps it from it. */
export const sentryAgentCheckoutScenarios = (open: Open, answered: Set<string>) => {
  let app: TestApp;
  let call: Client;
  let organizations: Organizations;
  let paying: Paying;
  let cheapest: string;
  beforeAll(async () => {
    app = await open();
    call = clientOf(app);
    organizations = organizationsOf(call);
    paying = payingOf(app, call);
    await sellPlan(app, call, 'team', 1_900n);
    cheapest = await sellPlan(app, call, 'solo', 500n);
  });
  afterAll(async () => {
    for (const line of app.answered) answered.add(line);
    await app.close();
  });
  const checkout = (token: string, json?: unknown, headers = {}) =>
    call(CHECKOUT, { token, headers, ...(json === undefined ? {} : { json }) });
  const sessionOf = (url: string): string => url.split('/').at(-1) ?? '';
  const codeOf = ({ status, body }: Awaited<ReturnType<Client>>) => [status, body.code];

  describe('a checkout', () => {
    it('without a body leads to the cheapest monthly plan, and once paid the organization has it', async () => {
      const payer = await organizations.organization();
      const bystander = await organizations.organization();
      const opened = await checkout(payer.token);
      expect(opened.status).toBe(201);
      expect(Object.keys(opened.body)).toEqual(['checkoutUrl']);
      expect((await organizations.subscription(payer)).subscription_id).toBe('');
      paying.processor.complete(sessionOf(opened.body.checkoutUrl));
      await paying.deliver();
      expect(await organizations.subscription(payer)).toMatchObject({ status: 'active', price_id: cheapest });
      expect((await organizations.subscription(bystander)).subscription_id).toBe('');
      expect(codeOf(await checkout(payer.token))).toEqual([409, 'ALREADY_SUBSCRIBED']);
      expect((await checkout(bystander.token)).status).toBe(201);
    });

    it('is of the organization in the token, whatever the body names', async () => {
      const [own, other] = [await organizations.organization(), await organizations.organization()];
      const opened = await checkout(own.token, {
        ...URLS,
        organizationId: other.id,
        organization_id: other.id,
      });
      paying.processor.complete(sessionOf(opened.body.checkoutUrl));
      await paying.deliver();
      expect((await organizations.subscription(own)).status).toBe('active');
      expect((await organizations.subscription(other)).subscription_id).toBe('');
    });

    it('stands on record as the client’s deed', async () => {
      const payer = await organizations.organization();
      await checkout(payer.token, URLS);
      const rows = await app.everyRow();
      const rowId = payer.keys.id.slice('sa_'.length);
      expect(rows).toContain('"checkout.open"');
      expect(rows).toMatch(new RegExp(`organization_client[^}]{0,40}${rowId}`));
      expect(rows).not.toContain(payer.keys.secret);
    });

    it('leads back only where the redirect rule allows it, and names the field by its own name', async () => {
      const { token } = await organizations.organization();
      for (const [field, url] of [
        ['successUrl', 'http://app.example.com/'],
        ['cancelUrl', 'http://app.example.com/'],
        ['successUrl', 'https://user@app.example.com/'],
        ['cancelUrl', 'javascript:alert(1)'],
        ['successUrl', 'nowhere'],
      ] as const) {
        const refused = await checkout(token, { ...URLS, [field]: url });
        expect([url, ...codeOf(refused)]).toEqual([url, 400, 'VALIDATION_ERROR']);
        expect(refused.body.details.fields[0].field).toBe(field);
      }
      expect((await checkout(token, { successUrl: URLS.successUrl })).status).toBe(201);
      expect((await checkout(token, { cancelUrl: URLS.cancelUrl })).status).toBe(201);
    });

    it('happens once for an Idempotency-Key', async () => {
      const { token } = await organizations.organization();
      const headers = { 'idempotency-key': 'one' };
      const first = await checkout(token, URLS, headers);
      const again = await checkout(token, URLS, headers);
      expect([first.status, again.status, again.body]).toEqual([201, 201, first.body]);
      const other = await checkout(token, { ...URLS, cancelUrl: 'https://elsewhere.example.com' }, headers);
      expect(codeOf(other)).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    });
  });

  describe('a token', () => {
    it('without an organization is refused as the contract says', async () => {
      const { keys } = await organizations.organization();
      const refused = await checkout(await signed(keys.id, {}), URLS);
      expect([...codeOf(refused), refused.body.message]).toEqual([
        400,
        'VALIDATION_ERROR',
        'organization_id is required in token.',
      ]);
    });

    it('for an organization that its client is not of, or of a client that is none, opens nothing', async () => {
      const [own, other] = [await organizations.organization(), await organizations.organization()];
      for (const [clientId, organization_id] of [
        [own.keys.id, other.id],
        ['sa_01890a5d-ac96-774b-bcce-b302099a8057', own.id],
        ['nobody', own.id],
      ] as const)
        expect(codeOf(await checkout(await signed(clientId, { organization_id })))).toEqual([
          401,
          'UNAUTHORIZED',
        ]);
      expect((await checkout(await signed(own.keys.id, { organization_id: own.id }))).status).toBe(201);
    });

    it('without the scope is refused, whatever the client was given', async () => {
      const { keys, id } = await organizations.organization();
      const refused = await checkout(await signed(keys.id, { organization_id: id, scope: 'usage' }));
      expect(codeOf(refused)).toEqual([403, 'FORBIDDEN']);
    });
  });

  describe('where Stripe', () => {
    const stripeError = async (there: TestApp, token: string) => {
      const refused = await clientOf(there)(CHECKOUT, { token, json: URLS });
      for (const line of there.answered) answered.add(line);
      return codeOf(refused);
    };
    const elsewhere = async (override?: Parameters<Open>[0]) => {
      const there = await open(override);
      const { token } = await organizationsOf(clientOf(there)).organization();
      return { there, token };
    };

    it('cannot be reached, the answer is STRIPE_ERROR, and the next attempt goes through', async () => {
      const { token } = await organizations.organization();
      app.payments.faults.next('before', { call: 'open' });
      const refused = await checkout(token, URLS);
      expect(codeOf(refused)).toEqual([500, 'STRIPE_ERROR']);
      expect(refused.text).not.toContain('fault');
      expect((await checkout(token, URLS)).status).toBe(201);
    });

    it('has no plan of ours to sell, or another price than the setting names, the answer is the same', async () => {
      const { there, token } = await elsewhere();
      expect(await stripeError(there, token)).toEqual([500, 'STRIPE_ERROR']);
      await there.close();
      const named = await elsewhere({ environment: { SENTRYAGENT_PRICE_ID: 'price_unknown' } });
      await sellPlan(named.there, clientOf(named.there), 'team', 1_900n);
      expect(await stripeError(named.there, named.token)).toEqual([500, 'STRIPE_ERROR']);
      await named.there.close();
    });

    it('is not set up, too', async () => {
      const { there, token } = await elsewhere({
        override: (container) =>
          rebind(
            container,
            ports.processor,
            memoryProcessor({ clock: container.get(ports.clock), sellers: () => [] }),
          ),
        environment: { SENTRYAGENT_PRICE_ID: 'price_any' },
      });
      expect(await stripeError(there, token)).toEqual([500, 'STRIPE_ERROR']);
      await there.close();
    });
  });

  it('documents itself without a gap to the published contract', async () => {
    const document = await call('GET /docs/sentryagent.json');
    const directory = await mkdtemp(join(tmpdir(), 'tollhouse-'));
    const served = join(directory, 'served.json');
    await writeFile(served, document.text);
    const tool = 'test/support/tools/contract-gap.mjs';
    const contract = 'test/contract/published/facts/sentryagent-billing.json';
    const args = [tool, '--contract', contract, '--served', served, '--prefix', '/api/v1'];
    const { stdout } = await promisify(execFile)(process.execPath, [...args, '--verbose']).catch(
      (failed) => failed,
    );
    await rm(directory, { recursive: true });
    expect(stdout).toMatch(/^operations 3\/3, statuses (\d+)\/\1, /);
    expect(stdout.trim().split('\n')).toHaveLength(1);
  });
};
