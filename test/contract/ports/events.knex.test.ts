import { afterAll } from 'vitest';
import { eventsContract } from './events.contract.js';
import { knexSharedRigs } from './shared.rig.js';

const rigs = knexSharedRigs();
afterAll(rigs.close);

eventsContract('knex', rigs.open);
