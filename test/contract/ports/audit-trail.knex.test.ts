import { afterAll } from 'vitest';
import { knexAuditTrail } from '../../../src/adapters/knex/shared/audit-trail.js';
import { auditTrailContract } from './audit-trail.contract.js';
import { knexSharedRigs } from './shared.rig.js';

const rigs = knexSharedRigs();
afterAll(rigs.close);

auditTrailContract('knex', async () => {
  const rig = await rigs.open();
  return { ...rig, trail: knexAuditTrail(rig.db) };
});
