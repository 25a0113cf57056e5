import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../../src/composition/config.js';
import { localInstanceTypes } from '../../../src/composition/local-settings.js';

const KEY = { TOLLHOUSE_SECRET_KEY: 'a secret key of the tests that is long enough' };
const read = (given: Readonly<Record<string, string>> = {}) => readConfig({ ...KEY, ...given });

describe('the settings of gateways on this host', () => {
  it('offer one type that costs nothing, where nobody says otherwise', () => {
    const config = read();
    expect([config.LOCAL_GATEWAYS, config.LOCAL_NFS, config.LOCAL_GATEWAY_PORTS]).toEqual([
      'auto',
      '0',
      { first: 21_000, last: 21_999 },
    ]);
    expect(localInstanceTypes(config)).toMatchObject([
      { name: 'local.standard', provider: 'local', freeTier: true, microsPerHour: 0n, cacheBytes: 1024 ** 3 },
    ]);
  });

  it('give each type its price by the currency, and the first one first', () => {
    const LOCAL_INSTANCE_TYPES = 'local.large:7:10GiB, local.tiny:0:512MiB';
    const types = (PRICE_CURRENCY: string) =>
      localInstanceTypes(read({ LOCAL_INSTANCE_TYPES, PRICE_CURRENCY })).map(
        ({ name, microsPerHour, freeTier, cacheBytes }) => [name, microsPerHour, freeTier, cacheBytes],
      );
    const tiny = ['local.tiny', 0n, true, 512 * 1024 ** 2];
    expect(types('usd')).toEqual([['local.large', 70_000n, false, 10 * 1024 ** 3], tiny]);
    expect(types('jpy')).toEqual([['local.large', 7_000_000n, false, 10 * 1024 ** 3], tiny]);
  });

  it('are refused by name where they make no sense', () => {
    const wrong: readonly [string, readonly string[]][] = [
      ['LOCAL_GATEWAYS', ['on']],
      ['LOCAL_NFS', ['true', '2']],
      ['LOCAL_GATEWAY_HOST', ['0.0.0.0', '::', 'example.com']],
      ['LOCAL_GATEWAY_PORTS', ['21000', '21999-21000', '80-1090', '65000-70000', '21000-21001']],
      [
        'LOCAL_INSTANCE_TYPES',
        [
          'large:7:10GiB',
          'local.large:7',
          'local.large:0.5:1GiB',
          'local.a:0:0GiB',
          'local.a:0:1GiB,local.a:1:1GiB',
        ],
      ],
    ];
    for (const [name, values] of wrong)
      for (const value of values) {
        const reading = () => read({ [name]: value });
        expect(reading, `${name}=${value}`).toThrow(ConfigError);
        expect(reading).toThrow(name);
      }
  });
});
