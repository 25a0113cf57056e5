import { describe, expect, it } from 'vitest';
import { presentConfig } from '../../../../src/adapters/http/training-pipes/present-config.js';
import { presentFileSystem } from '../../../../src/adapters/http/training-pipes/present-fleet.js';
import { currency } from '../../../../src/domain/billing/currency.js';
import type { InstanceType } from '../../../../src/domain/fleet/instance-type.js';
import type { AccountId } from '../../../../src/domain/shared/ids.js';
import { aFileSystem } from '../../../support/fleet.js';

const ACCOUNT = '01890a5d-ac96-774b-bcce-b302099a8057' as AccountId;
const currencyOf = (code: string) => currency(code)._unsafeUnwrap();
const type = (microsPerHour: bigint): InstanceType => ({
  name: 'a.type',
  displayName: 'A type',
  description: 'Of some size',
  provider: 'aws',
  freeTier: false,
  microsPerHour,
  cacheBytes: 1,
});

describe('a file system on its way out', () => {
  it('has the exports that are served, and no others', () => {
    const nfs = { server: '10.0.0.1', port: 2049, path: '/files' };
    const webdav = { url: 'https://files.example.com', username: 'me' };
    const exported = (served: object, password?: string) =>
      JSON.parse(JSON.stringify(presentFileSystem(aFileSystem(ACCOUNT, { served }), password))).export;
    expect(exported({ nfs })).toEqual({ nfs });
    expect(exported({ nfs, webdav })).toEqual({ nfs, webdav });
    expect(exported({ webdav }, 'the password')).toEqual({ webdav: { ...webdav, password: 'the password' } });
    expect(exported({ nfs }, 'the password')).toEqual({ nfs });
  });
});

describe('what works here', () => {
  const offer = { provider: 'aws' as const, displayName: 'EC2', regions: ['us-east-1'] };

  it('names a provider once, with the regions where gateways can run', () => {
    const { providers } = presentConfig({
      currency: currencyOf('usd'),
      storageRegions: ['local'],
      offers: [{ ...offer, instanceTypes: [] }],
    });
    expect(providers.filter(({ name }) => name === 'aws')).toEqual([
      {
        name: 'aws',
        display_name: 'Amazon Web Services',
        regions: [{ name: 'us-east-1', display_name: 'us-east-1' }],
      },
    ]);
  });

  it('has prices in whole minor units of the currency, half of one rounded up', () => {
    const shown = (code: string) => (micros: bigint) =>
      presentConfig({
        currency: currencyOf(code),
        storageRegions: [],
        offers: [{ ...offer, instanceTypes: [type(micros)] }],
      }).aws_instance_types[0]?.price_cents_per_hour;
    expect([0n, 4_999n, 5_000n, 70_000n, 14_999n].map(shown('usd'))).toEqual([0, 0, 1, 7, 1]);
    expect([0n, 499_999n, 500_000n, 5_000_000n].map(shown('jpy'))).toEqual([0, 0, 1, 5]);
    expect([0n, 499n, 500n, 70_000n].map(shown('kwd'))).toEqual([0, 0, 1, 70]);
  });
});
