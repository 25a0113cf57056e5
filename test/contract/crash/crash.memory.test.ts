import { memoryOutside } from '../../support/crash.js';
import { crashContract } from './crash.contract.js';

crashContract('memory', async () => ({ outside: memoryOutside, close: async () => undefined }), {
  timeout: 60_000,
  // What is read leaves nothing, and neither does a unit that is not committed.
  passedOver: /^access\.|Readers\.| tx\.|Limits\./,
});
