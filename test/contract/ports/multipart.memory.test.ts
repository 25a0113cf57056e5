import { memoryStore } from '../../../src/adapters/memory/storage/object-store.js';
import { systemClock } from '../../../src/adapters/system/clock.js';
import { systemIds } from '../../../src/adapters/system/ids.js';
import { multipartContract } from './multipart.contract.js';

multipartContract('memory', async () => memoryStore({ clock: systemClock, ids: systemIds }), 300);
