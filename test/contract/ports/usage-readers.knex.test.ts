import { afterAll } from 'vitest';
import { knexUsageReaders } from '../../../src/adapters/knex/billing/usage-readers.js';
import { iso } from '../../../src/domain/shared/time.js';
import { AT, newId } from '../../support/accounts.js';
import { freshDatabase, type TestDatabase } from '../../support/postgres.js';
import { usageReadersContract } from './usage-readers.contract.js';
import type { UsageRig } from './usage-readers.rig.js';

const opened: TestDatabase[] = [];
afterAll(() => Promise.all(opened.map((database) => database.close())));

const times = { created_at: iso(AT), updated_at: iso(AT) };

usageReadersContract('knex', async (): Promise<UsageRig> => {
  const database = await freshDatabase();
  opened.push(database);
  const { db } = database;
  const creator = newId();
  await db('users').insert({
    id: creator,
    version: 1,
    email: 'somebody@example.com',
    password_hash: 'x',
    ...times,
  });
  const inAccount = async (id: string): Promise<{ account_id: string }> => {
    const row = { id, version: 1, kind: 'platform', name: 'P', creator_id: creator, ...times };
    await db('accounts').insert(row).onConflict('id').ignore();
    return { account_id: id };
  };
  return {
    readers: knexUsageReaders(db),
    addBucket: async ({ id, accountId, name, bucketName, region, accessKeyId, status }) => {
      await db('buckets').insert({
        ...(await inAccount(accountId)),
        ...{ id, version: 1, name, bucket_name: bucketName, region, status, ...times },
        ...{ access_key_id: accessKeyId, secret_access_key: 'x' },
      });
    },
    addHour: async ({ accountId, bucketId, hour, byteMs, bytes, objects, lastAt }) => {
      await db('storage_hours').insert({
        ...{ account_id: accountId, bucket_id: bucketId, hour: iso(hour), last_at: iso(lastAt) },
        ...{ byte_ms: String(byteMs), bytes, objects },
      });
    },
    addFileSystem: async ({ id, accountId, source, region, instanceType, status, phase }) => {
      await db('file_systems').insert({
        ...(await inAccount(accountId)),
        ...{ id, version: 1, source_kind: source.kind, source_id: source.id, region, status, phase },
        ...{ instance_type: instanceType, preload: false, desired: 'stopped', secret: 'x' },
        ...{ flushes_asked: 0, flushes_done: 0, ...times },
      });
    },
    addInterval: async ({ fileSystemId, accountId, label, microsPerHour, currency, startedAt, endedAt }) => {
      await db('file_system_intervals').insert({
        ...{ id: newId(), account_id: accountId, file_system_id: fileSystemId, label, currency },
        ...{ micros_per_hour: microsPerHour, started_at: iso(startedAt) },
        ended_at: endedAt === undefined ? null : iso(endedAt),
      });
    },
  };
});
