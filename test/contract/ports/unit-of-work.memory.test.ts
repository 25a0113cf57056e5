import { memorySharedRig } from './shared.rig.js';
import { unitOfWorkContract } from './unit-of-work.contract.js';

unitOfWorkContract('memory', async () => memorySharedRig());
