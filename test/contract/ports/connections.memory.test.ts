import { memoryAccountsRig } from './accounts.rig.js';
import { connectionsContract } from './connections.contract.js';

connectionsContract('memory', memoryAccountsRig);
