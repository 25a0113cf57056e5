import { afterAll } from 'vitest';
import { knexBillingRigs } from './billing.rig.js';
import { inboundEventsContract } from './inbound-events.contract.js';

const rigs = knexBillingRigs();
afterAll(rigs.close);

inboundEventsContract('knex', async () => (await rigs.open()).inbound);
