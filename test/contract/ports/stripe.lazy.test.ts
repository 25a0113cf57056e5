import { errAsync, ok } from 'neverthrow';
import { describe, expect, it, vi } from 'vitest';
import { stripeProcessor } from '../../../src/adapters/stripe/stripe-processor.js';
import { HERE, KEYLESS } from './processor.rig.js';

vi.mock('stripe', () => {
  throw new Error('the SDK is being loaded');
});

describe('stripe: without a key', () => {
  const { catalogue } = stripeProcessor({
    connections: (ref) => (ref === HERE ? { apiKey: 'sk_test_1' } : { apiKey: '' }),
    webhooks: () => [],
  });

  it('says that nothing is set up without loading the SDK, which the first call with a key does', async () => {
    expect(await catalogue.price(KEYLESS, 'price_1')).toEqual(
      await errAsync({ kind: 'payments_not_configured' }),
    );
    const tried = await catalogue.price(HERE, 'price_1').orElse((failure) => ok(failure));
    expect(tried._unsafeUnwrap()).toMatchObject({ kind: 'unavailable' });
  });
});
