import type { Knex } from 'knex';
import { afterAll } from 'vitest';
import { openDatabase } from '../../../src/adapters/knex/kit/database.js';
import { knexStorageAllotments } from '../../../src/adapters/knex/storage/allotments.js';
import { knexStorageMeter } from '../../../src/adapters/knex/storage/meter.js';
import { freshDatabase } from '../../support/postgres.js';
import { knexMeterRig } from './storage-meter.rig.js';
import { storageQuotaContract } from './storage-quota.contract.js';

const closes: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closes.reverse()) await close();
});

storageQuotaContract('PostgreSQL', async () => {
  const database = await freshDatabase();
  closes.push(database.close);
  const processes = [1, 2].map((n) => {
    const db: Knex = openDatabase({ url: database.url, poolSize: 3, name: `tollhouse-test-${n}` });
    closes.push(() => db.destroy());
    return { meter: knexStorageMeter(db), allotments: knexStorageAllotments(db) };
  });
  return { rig: knexMeterRig(database), processes };
});
