import { memoryAccountsRig } from './accounts.rig.js';
import { accountsReadersContract } from './accounts-readers.contract.js';

accountsReadersContract('memory', memoryAccountsRig);
