import { describe } from 'vitest';
import { memoryForeignStores } from '../../../src/adapters/memory/storage/foreign-stores.js';
import { systemClock } from '../../../src/adapters/system/clock.js';
import { systemIds } from '../../../src/adapters/system/ids.js';
import { silentJournal } from '../../support/journal.js';
import { objectStoreContract } from './object-store.contract.js';
import { objectMetadataContract } from './object-store.metadata.contract.js';
import { memoryStore } from './object-store.rig.js';

objectStoreContract('memory', async () => memoryStore(), { listings: 300, histories: 200 });
describe('metadata: memory', () => objectMetadataContract(async () => memoryStore()));

objectStoreContract(
  'memory, behind a connection',
  async () => {
    const stores = memoryForeignStores({ clock: systemClock, ids: systemIds });
    stores.add('https://store.test').admit({ id: 'key', secret: 'secret' });
    return stores.open(
      {
        provider: 's3compat',
        region: 'here',
        endpoint: 'https://store.test',
        accessKeyId: 'key',
        secretAccessKey: 'secret',
      },
      silentJournal,
    );
  },
  { listings: 50, histories: 50 },
);
