import { idempotencyContract } from './idempotency.contract.js';
import { memorySharedRig } from './shared.rig.js';

idempotencyContract('memory', async () => memorySharedRig());
