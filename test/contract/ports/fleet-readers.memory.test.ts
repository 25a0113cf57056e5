import { memoryFleetRig } from './fleet.rig.js';
import { fleetReadersContract } from './fleet-readers.contract.js';

fleetReadersContract('memory', memoryFleetRig);
