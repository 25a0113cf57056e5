import { memoryOutside } from '../../support/crash.js';
import { crashContract, LOTS, type Lot } from './crash.contract.js';

for (const lot of Object.keys(LOTS))
  crashContract(
    'memory',
    lot as Lot,
    async () => ({ outside: memoryOutside, close: async () => undefined }),
    {
      timeout: 60_000,
      // What is read leaves nothing, and neither does a unit that is not committed.
      passedOver: /^access\.|Readers\.| tx\.|Limits\./,
    },
  );
