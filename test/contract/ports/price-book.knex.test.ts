import { afterAll, expect, it } from 'vitest';
import { knexPriceBook } from '../../../src/adapters/knex/billing/price-book.js';
import { currency } from '../../../src/domain/billing/currency.js';
import { AT } from '../../support/accounts.js';
import { freshDatabase, type TestDatabase } from '../../support/postgres.js';
import { priceBookContract } from './price-book.contract.js';

const opened: TestDatabase[] = [];
afterAll(() => Promise.all(opened.map((database) => database.close())));

const open = async (): Promise<TestDatabase> => {
  const database = await freshDatabase();
  opened.push(database);
  return database;
};

priceBookContract('knex', async () => knexPriceBook((await open()).db));

it('changes and removes no version, whoever asks', async () => {
  const { db } = await open();
  const price = { micros: 1n, currency: currency('usd')._unsafeUnwrap() };
  expect((await knexPriceBook(db).extend('storage', price, AT)).isOk()).toBe(true);
  for (const change of [
    db('price_versions').update({ micros: 2 }),
    db('price_versions').delete(),
    db.raw('truncate price_versions'),
  ])
    await expect(change).rejects.toThrow('append-only');
});
