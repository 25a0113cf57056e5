import { quotaContract } from './quota.contract.js';
import { memorySharedRig } from './shared.rig.js';

quotaContract('memory', async () => memorySharedRig());
