import { quotaContract, quotaModel } from './quota.contract.js';
import { memorySharedRig } from './shared.rig.js';

quotaContract('memory', async () => memorySharedRig());
quotaModel('memory', async () => memorySharedRig(), 60);
