import { jobsContract } from './jobs.contract.js';
import { jobsModel } from './jobs.model.js';
import { memorySharedRig } from './shared.rig.js';

jobsContract('memory', async () => memorySharedRig());
jobsModel('memory', async () => memorySharedRig(), 200);
