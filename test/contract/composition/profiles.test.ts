import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Container } from 'inversify';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { PLATFORM_CONNECTION } from '../../../src/application/billing/events/connections.js';
import { boot } from '../../../src/composition/boot.js';
import { readConfig } from '../../../src/composition/config.js';
import { openStore } from '../../../src/composition/database.js';
import { sandboxPlace } from '../../../src/composition/payment-sandbox.js';
import { blobsOf, processContainer } from '../../../src/composition/profiles.js';
import { seed } from '../../../src/composition/seed.js';
import { seedPlans } from '../../../src/composition/seed-plans.js';
import { contexts, ports } from '../../../src/composition/tokens.js';
import { testContainer } from '../../support/app.js';
import { emptyDatabase, type TestDatabase } from '../../support/postgres.js';

const log = pino({ level: 'silent' });
let directory: string;
let database: TestDatabase;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tollhouse-profiles-'));
  database = await emptyDatabase();
});
afterAll(async () => {
  await database.close();
  await rm(directory, { recursive: true });
});

const live = (over: Record<string, string> = {}) =>
  readConfig({
    NODE_ENV: 'production',
    DATABASE_URL: database.url,
    TOLLHOUSE_SECRET_KEY: 'a secret key of the tests that is long enough',
    TOLLHOUSE_DATA_DIR: directory,
    BASE_URL: 'https://api.example.com',
    SMTP_URL: 'smtp://127.0.0.1:1',
    PORT: '0',
    FREE_SPACE_FLOOR: '0',
    ...over,
  });

const resolvesAll = (container: Container): void => {
  for (const token of [...Object.values(ports), ...Object.values(contexts)])
    expect(container.get<unknown>(token as symbol), String(token)).toBeDefined();
};

describe('profiles', () => {
  it('resolves every token on the fakes', async () => {
    resolvesAll((await testContainer()).container);
  });

  it('resolves every token on PostgreSQL', async () => {
    const config = live();
    const { db, ring, close } = await openStore(config, log);
    resolvesAll(
      processContainer(config, { db, ring, blobs: blobsOf(config, db), baseUrl: 'http://localhost' }),
    );
    await close();
  });

  it.each(['api', 'worker', 'all'])('boots live as %s, answers, and stops', async (ROLE) => {
    const running = await boot(live({ ROLE }), log);
    if (running.address) {
      const origin = `http://127.0.0.1:${running.address.port}`;
      const response = await fetch(`${origin}/v1/health/ready`);
      expect(response.status).toBe(204);
      expect(response.headers.get('strict-transport-security')).toContain('max-age');
      expect((await fetch(`${origin}/outbox`)).status).toBe(404);
    }
    expect(running.address === undefined).toBe(ROLE === 'worker');
    await running.stop();
  });

  it('sells nothing when live without a key, and has no sandbox', async () => {
    const running = await boot(live(), log);
    const { catalogue } = running.container.get(ports.processor);
    const price = await catalogue.price(PLATFORM_CONNECTION, 'price_1');
    expect(price._unsafeUnwrapErr()).toEqual({ kind: 'payments_not_configured' });
    expect(sandboxPlace(directory)).toBeUndefined();
    await running.stop();
  });

  it.each(['worker', 'api', 'all'])(
    'boots the demo as %s, with one sandbox that ends with it',
    async (ROLE) => {
      const config = { ...live({ ROLE }), profile: 'demo' as const, dataDir: join(directory, ROLE) };
      const running = await boot(config, log);
      if (running.address) {
        await seed(running.container, running.database.db, config);
        // Twice, as when it is started again.
        for (let times = 0; times < 2; times += 1)
          await seedPlans(running.container, running.database.db, config);
        const { port } = running.address;
        const plans = await (await fetch(`http://127.0.0.1:${port}/v1/plans`)).json();
        expect(plans).toMatchObject({
          items: [
            { name: 'Starter', monthly_price: 1_900, yearly_price: 19_000, currency: 'usd' },
            { name: 'Team', monthly_price: 4_900 },
          ],
        });
      }
      const sandbox = sandboxPlace(config.dataDir);
      expect(sandbox === undefined).toBe(ROLE === 'worker');
      await running.stop();
      if (sandbox) await expect(fetch(`http://127.0.0.1:${sandbox.port}/`)).rejects.toThrow('fetch failed');
    },
  );

  it('refuses a key that does not open the database, by name', async () => {
    const config = live({ TOLLHOUSE_SECRET_KEY: 'another key that is long enough too' });
    await expect(boot(config, log)).rejects.toThrow('TOLLHOUSE_SECRET_KEY');
  });

  it('takes a new key as long as the old one is behind it', async () => {
    const [old = ''] = live().secretKeys;
    const both = `the key that comes after a rotation,${old}`;
    await (await openStore(live({ TOLLHOUSE_SECRET_KEY: both }), log)).close();
  });

  it('names DATABASE_URL when nothing answers there', async () => {
    const url = new URL(inject('postgresUrl'));
    url.port = '1';
    await expect(boot(live({ DATABASE_URL: url.href }), log)).rejects.toThrow(/DATABASE_URL|ECONNREFUSED/);
  });
});
