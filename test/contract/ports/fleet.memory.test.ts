import { fleetContract } from './fleet.contract.js';
import { memoryFleetRig } from './fleet.rig.js';

fleetContract('memory', memoryFleetRig);
