import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { boot } from '../../../src/composition/boot.js';
import { ConfigError, readConfig } from '../../../src/composition/config.js';
import { emptyDatabase, type TestDatabase } from '../../support/postgres.js';

const log = pino({ level: 'silent' });
let directory: string;
let database: TestDatabase;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tollhouse-prices-'));
  database = await emptyDatabase();
});
afterAll(async () => {
  await database.close();
  await rm(directory, { recursive: true });
});

const start = async (over: Record<string, string>): Promise<void> => {
  const config = readConfig({
    NODE_ENV: 'production',
    DATABASE_URL: database.url,
    TOLLHOUSE_SECRET_KEY: 'a secret key of the tests that is long enough',
    TOLLHOUSE_DATA_DIR: directory,
    BASE_URL: 'https://api.example.com',
    SMTP_URL: 'smtp://127.0.0.1:1',
    PORT: '0',
    FREE_SPACE_FLOOR: '0',
    ROLE: 'worker',
    ...over,
  });
  await (await boot(config, log)).stop();
};
const book = async () =>
  (await database.db('price_versions').orderBy('valid_from')).map(({ micros, currency }) => [
    micros,
    currency,
  ]);

it('writes the prices of the settings down when a process starts, and a price again only when it has changed', async () => {
  await start({});
  await start({});
  expect(await book()).toEqual([[667n, 'usd']]);
  await start({ PRICE_STORAGE_GB_DAY: '0.001' });
  expect(await book()).toEqual([
    [667n, 'usd'],
    [1_000n, 'usd'],
  ]);
});

it('has Datilio’s plans on sale from the first start on, live too, and leaves them as they are at the next', async () => {
  const plans = () => database.db('plans').where({ catalogue: 'datilio' }).orderBy('number');
  await start({});
  const [free, pro, team, ...more] = await plans();
  expect([free.name, pro.name, team.name, more]).toEqual(['Explorer', 'DataPilot Pro', 'Datilio Team', []]);
  await database.db('plans').where({ id: pro.id }).update({ version: 7 });
  await start({});
  expect(await plans()).toEqual([free, { ...pro, version: 7 }, team]);
});

it('does not start with another currency than the one its prices are in', async () => {
  await start({});
  const before = await book();
  await expect(start({ PRICE_CURRENCY: 'eur' })).rejects.toThrow(ConfigError);
  await expect(start({ PRICE_CURRENCY: 'eur' })).rejects.toThrow(/PRICE_CURRENCY: .* usd/);
  expect(await book()).toEqual(before);
});
