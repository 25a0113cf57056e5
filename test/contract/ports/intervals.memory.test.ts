import { memoryFleetRig } from './fleet.rig.js';
import { intervalsContract } from './intervals.contract.js';

intervalsContract('memory', memoryFleetRig);
