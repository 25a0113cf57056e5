import { memoryStore } from '../../../src/adapters/memory/kit/store.js';
import { memoryAuditTrail } from '../../../src/adapters/memory/shared/audit-trail.js';
import { auditTrailContract } from './audit-trail.contract.js';
import { memorySharedRig } from './shared.rig.js';

auditTrailContract('memory', async () => {
  const store = memoryStore();
  return { ...memorySharedRig(store), trail: memoryAuditTrail(store) };
});
