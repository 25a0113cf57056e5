import { expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../../src/composition/config.js';

const config = (over: Record<string, string>) =>
  readConfig({ TOLLHOUSE_SECRET_KEY: 'a secret key of the tests that is long enough', ...over });

it('reads prices exactly and currencies in either case', () => {
  expect(config({})).toMatchObject({ PRICE_CURRENCY: 'usd', PRICE_STORAGE_GB_DAY: 667n });
  expect(config({ PRICE_CURRENCY: 'EUR', PRICE_STORAGE_GB_DAY: '12.3' })).toMatchObject({
    PRICE_CURRENCY: 'eur',
    PRICE_STORAGE_GB_DAY: 12_300_000n,
  });
  expect(config({ PRICE_STORAGE_GB_DAY: '0' }).PRICE_STORAGE_GB_DAY).toBe(0n);
});

it.each([
  ['PRICE_CURRENCY', 'dollars'],
  ['PRICE_CURRENCY', 'xxx'],
  ['PRICE_STORAGE_GB_DAY', '-1'],
  ['PRICE_STORAGE_GB_DAY', '0.0000001'],
  ['PRICE_STORAGE_GB_DAY', 'free'],
])('names %s when it is %s', (name, value) => {
  expect(() => config({ [name]: value })).toThrow(ConfigError);
  expect(() => config({ [name]: value })).toThrow(new RegExp(`^${name} is wrong`));
});
