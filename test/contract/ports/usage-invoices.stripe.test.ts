import { startPaymentSandbox } from '../../../src/adapters/payment-sandbox/start.js';
import { apiBaseOf } from '../../../src/adapters/stripe/api-base.js';
import { stripeProcessor } from '../../../src/adapters/stripe/stripe-processor.js';
import { systemIds } from '../../../src/adapters/system/ids.js';
import { systemRandom } from '../../../src/adapters/system/random.js';
import { HERE } from './processor.rig.js';
import { usageInvoicesContract } from './usage-invoices.contract.js';

usageInvoicesContract('stripe, on the payment sandbox', async (clock) => {
  const sandbox = await startPaymentSandbox({ clock, ids: systemIds, random: systemRandom });
  const connection = { apiKey: sandbox.apiKey, apiBase: apiBaseOf(sandbox.url)._unsafeUnwrap() };
  return {
    processor: stripeProcessor({
      connections: (ref) => (ref === HERE ? connection : undefined),
      webhooks: () => [],
    }),
    pay: async ({ url }) => {
      const body = new URLSearchParams({ card: '4242424242424242' });
      const { status } = await fetch(url, { method: 'POST', body, redirect: 'manual' });
      if (status !== 303) throw new Error(`the page of the checkout answered ${status}`);
    },
    catchUp: () => sandbox.advance(0),
    close: sandbox.close,
  };
});
