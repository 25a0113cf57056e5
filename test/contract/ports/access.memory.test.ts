import { accessContract } from './access.contract.js';
import { accessToFleetContract } from './access.fleet.contract.js';
import { memoryAccountsRig } from './accounts.rig.js';

accessContract('memory', memoryAccountsRig);
accessToFleetContract('memory', memoryAccountsRig);
