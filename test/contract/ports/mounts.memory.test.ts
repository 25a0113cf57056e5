import { memoryFleetRig } from './fleet.rig.js';
import { mountsContract } from './mounts.contract.js';

mountsContract('memory', memoryFleetRig);
