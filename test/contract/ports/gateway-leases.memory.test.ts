import { memoryFleetRig } from './fleet.rig.js';
import { gatewayLeasesContract } from './gateway-leases.contract.js';
import { gatewayLeasesModel } from './gateway-leases.model.js';
import { gatewayLeasesRacesContract } from './gateway-leases.races.contract.js';

gatewayLeasesContract('memory', memoryFleetRig);
gatewayLeasesRacesContract('memory', memoryFleetRig);
gatewayLeasesModel('memory', memoryFleetRig, 60);
