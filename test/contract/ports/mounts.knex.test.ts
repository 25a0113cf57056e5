import { afterAll } from 'vitest';
import { knexFleetRigs } from './fleet.rig.js';
import { mountsContract } from './mounts.contract.js';

const rigs = knexFleetRigs();
afterAll(rigs.close);

mountsContract('knex', rigs.open);
