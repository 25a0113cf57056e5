import { afterAll } from 'vitest';
import { knexFleetRigs } from './fleet.rig.js';
import { gatewayLeasesContract } from './gateway-leases.contract.js';
import { gatewayLeasesModel } from './gateway-leases.model.js';
import { gatewayLeasesRacesContract } from './gateway-leases.races.contract.js';

const rigs = knexFleetRigs();
afterAll(rigs.close);

gatewayLeasesContract('knex', rigs.open);
gatewayLeasesRacesContract('knex', rigs.open);
gatewayLeasesModel('knex', rigs.open, 15);
