import { memoryAccountsRig } from './accounts.rig.js';
import { linksContract } from './links.contract.js';

linksContract('memory', memoryAccountsRig);
