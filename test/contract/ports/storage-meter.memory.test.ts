import { memoryStore } from '../../../src/adapters/memory/kit/store.js';
import { storageMeterContract } from './storage-meter.contract.js';
import { memoryMeterRig } from './storage-meter.rig.js';

storageMeterContract('memory', async () => memoryMeterRig(memoryStore()), 50);
