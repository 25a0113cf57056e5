import { afterAll } from 'vitest';
import { fleetContract } from './fleet.contract.js';
import { knexFleetRigs } from './fleet.rig.js';

const rigs = knexFleetRigs();
afterAll(rigs.close);

fleetContract('knex', rigs.open);
