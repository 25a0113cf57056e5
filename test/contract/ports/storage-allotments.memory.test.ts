import { memoryStore } from '../../../src/adapters/memory/kit/store.js';
import { storageAllotmentsContract } from './storage-allotments.contract.js';
import { memoryMeterRig } from './storage-meter.rig.js';

storageAllotmentsContract('memory', async () => memoryMeterRig(memoryStore()), 50);
