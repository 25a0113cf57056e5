import { afterAll } from 'vitest';
import { idempotencyContract, openClaimContract } from './idempotency.contract.js';
import { knexSharedRigs } from './shared.rig.js';

const rigs = knexSharedRigs();
afterAll(rigs.close);

idempotencyContract('knex', rigs.open);
openClaimContract('knex', rigs.open);
