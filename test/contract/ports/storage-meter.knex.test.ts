import { afterAll } from 'vitest';
import { freshDatabase, type TestDatabase } from '../../support/postgres.js';
import { storageMeterContract } from './storage-meter.contract.js';
import { knexMeterRig } from './storage-meter.rig.js';

let database: TestDatabase;
storageMeterContract(
  'PostgreSQL',
  async () => {
    database = await freshDatabase();
    return knexMeterRig(database);
  },
  25,
);
afterAll(() => database.close());
