import { accessContract } from './access.contract.js';
import { memoryAccountsRig } from './accounts.rig.js';

accessContract('memory', memoryAccountsRig);
