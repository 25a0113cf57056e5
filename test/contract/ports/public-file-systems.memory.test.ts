import { memoryPublicFileSystems } from '../../../src/adapters/memory/fleet/public-file-systems.js';
import { memoryStore } from '../../../src/adapters/memory/kit/store.js';
import { publicFileSystemsContract } from './public-file-systems.contract.js';

publicFileSystemsContract('memory', async () => memoryPublicFileSystems(memoryStore()));
