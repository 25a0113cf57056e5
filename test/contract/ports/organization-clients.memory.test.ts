import { memoryAccountsRig } from './accounts.rig.js';
import { organizationClientsContract } from './organization-clients.contract.js';

organizationClientsContract('memory', memoryAccountsRig);
