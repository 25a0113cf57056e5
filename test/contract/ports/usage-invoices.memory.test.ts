import { memoryProcessor } from '../../../src/adapters/memory/billing/processor.js';
import { HERE } from './processor.rig.js';
import { usageInvoicesContract } from './usage-invoices.contract.js';

usageInvoicesContract('memory', async (clock) => {
  const memory = memoryProcessor({ clock, sellers: () => [{ connection: HERE, secrets: ['a secret'] }] });
  return {
    processor: memory,
    pay: async ({ id }) => memory.hooks(HERE).complete(id),
    catchUp: async () => memory.advance(0),
    close: async () => undefined,
  };
});
