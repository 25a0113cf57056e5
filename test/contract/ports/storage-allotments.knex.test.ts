import { afterAll } from 'vitest';
import { freshDatabase, type TestDatabase } from '../../support/postgres.js';
import { storageAllotmentsContract } from './storage-allotments.contract.js';
import { knexMeterRig } from './storage-meter.rig.js';

let database: TestDatabase;
storageAllotmentsContract(
  'PostgreSQL',
  async () => {
    database = await freshDatabase();
    return knexMeterRig(database);
  },
  15,
);
afterAll(() => database.close());
