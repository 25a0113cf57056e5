import { memoryEvents, signedBytes } from '../../../src/adapters/memory/billing/processor-events.js';
import { processorEventsContract } from './processor-events.contract.js';

processorEventsContract('memory', {
  events: (secrets) => memoryEvents(() => secrets),
  write: (event, at) => JSON.stringify({ ...event, at }),
  sign: (raw, at, secret) => signedBytes(raw, at, secret).signature,
});
