import { accountKeysContract } from './account-keys.contract.js';
import { memorySharedRig } from './shared.rig.js';

accountKeysContract('memory', async () => memorySharedRig());
