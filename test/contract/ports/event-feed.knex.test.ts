import { afterAll } from 'vitest';
import { eventFeedContract } from './event-feed.contract.js';
import { knexFleetRigs } from './fleet.rig.js';

const rigs = knexFleetRigs();
afterAll(rigs.close);

eventFeedContract('knex', rigs.open);
