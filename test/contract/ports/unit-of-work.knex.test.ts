import { afterAll } from 'vitest';
import { knexSharedRigs } from './shared.rig.js';
import { unitOfWorkContract } from './unit-of-work.contract.js';

const rigs = knexSharedRigs();
afterAll(rigs.close);

unitOfWorkContract('knex', rigs.open);
