import { afterAll } from 'vitest';
import { knexEntitlementsRigs } from './entitlements.rig.js';
import { planLimitsContract } from './plan-limits.contract.js';
import { usageNumbersContract } from './usage-numbers.contract.js';
import { usesContract } from './uses.contract.js';

const rigs = knexEntitlementsRigs();
afterAll(rigs.close);

usesContract('knex', rigs.open);
planLimitsContract('knex', rigs.open);
usageNumbersContract('knex', rigs.open);
