import { memoryInboundEvents } from '../../../src/adapters/memory/billing/inbound-events.js';
import { memoryStore } from '../../../src/adapters/memory/kit/store.js';
import { inboundEventsContract } from './inbound-events.contract.js';

inboundEventsContract('memory', async () => memoryInboundEvents(memoryStore()));
