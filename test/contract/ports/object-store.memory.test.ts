import { objectStoreContract } from './object-store.contract.js';
import { memoryStore } from './object-store.rig.js';

objectStoreContract('memory', async () => memoryStore(), { listings: 300, histories: 200 });
