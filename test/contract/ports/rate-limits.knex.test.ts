import { afterAll, describe, expect, it } from 'vitest';
import { knexRateLimits } from '../../../src/adapters/knex/shared/rate-limits.js';
import { fixedClock } from '../../../src/adapters/memory/shared/fixed-clock.js';
import { freshDatabase, type TestDatabase } from '../../support/postgres.js';
import { LIMITS, rateLimitsContract } from './rate-limits.contract.js';
import { AT } from './shared.rig.js';

const opened: TestDatabase[] = [];
const open = async () => {
  const database = await freshDatabase();
  opened.push(database);
  return database;
};
afterAll(() => Promise.all(opened.map((database) => database.close())));

rateLimitsContract('knex', async (clock) => knexRateLimits((await open()).db, { limits: LIMITS, clock }));

describe('RateLimits: knex', () => {
  it('shares what is used between processes and keeps no address', async () => {
    const { db } = await open();
    const clock = fixedClock(AT);
    const [one, other] = [
      knexRateLimits(db, { limits: LIMITS, clock }),
      knexRateLimits(db, { limits: LIMITS, clock }),
    ];
    expect((await one.consume('register', 'ada@example.com')).isOk()).toBe(true);
    expect((await other.consume('register', 'ada@example.com')).isErr()).toBe(true);
    expect(JSON.stringify(await db('rate_limits').select('key'))).not.toContain('ada');
  });
});
