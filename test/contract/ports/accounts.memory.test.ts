import { accountsContract } from './accounts.contract.js';
import { credentialsContract } from './accounts.credentials.contract.js';
import { membershipsContract } from './accounts.memberships.contract.js';
import { accountResourcesContract } from './accounts.resources.contract.js';
import { memoryAccountsRig } from './accounts.rig.js';

accountsContract('memory', memoryAccountsRig);
membershipsContract('memory', memoryAccountsRig);
credentialsContract('memory', memoryAccountsRig);
accountResourcesContract('memory', memoryAccountsRig);
