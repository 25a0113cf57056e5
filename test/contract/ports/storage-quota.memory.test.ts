import { memoryStore } from '../../../src/adapters/memory/kit/store.js';
import { memoryMeterRig } from './storage-meter.rig.js';
import { storageQuotaContract } from './storage-quota.contract.js';

storageQuotaContract('memory', async () => {
  const rig = memoryMeterRig(memoryStore());
  return { rig, processes: [rig, rig] };
});
