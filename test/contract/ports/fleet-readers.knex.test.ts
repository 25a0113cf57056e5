import { afterAll } from 'vitest';
import { knexFleetRigs } from './fleet.rig.js';
import { fleetReadersContract } from './fleet-readers.contract.js';

const rigs = knexFleetRigs();
afterAll(rigs.close);

fleetReadersContract('knex', rigs.open);
