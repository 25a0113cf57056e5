import { memoryAccountsRig } from './accounts.rig.js';
import { bucketsContract } from './buckets.contract.js';

bucketsContract('memory', memoryAccountsRig);
