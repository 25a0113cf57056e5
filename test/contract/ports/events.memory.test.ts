import { eventsContract } from './events.contract.js';
import { memorySharedRig } from './shared.rig.js';

eventsContract('memory', async () => memorySharedRig());
