import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Client, clientOf, type Person, person } from '../support/client.js';
import { freshDatabase, type TestDatabase } from '../support/postgres.js';
import {
  aHistory,
  aRace,
  aReplay,
  neverPastTheLimit,
  oneOutcome,
  replayChangesNothing,
} from '../unit/application/entitlements/interleaved.js';
import { cleanUp, type Environment, liveEnvironment, type Program, startProgram } from './support/server.js';

describe('thousands of histories', () => {
  it('never go past a hard limit, whatever happens at once and whoever comes first', async () => {
    await fc.assert(fc.asyncProperty(aHistory, neverPastTheLimit), { numRuns: 2_000 });
  });

  it('end each reservation in one way', async () => {
    await fc.assert(fc.asyncProperty(aRace, oneOutcome), { numRuns: 2_000 });
  });

  it('count once what is told again', async () => {
    await fc.assert(fc.asyncProperty(aReplay, replayChangesNothing), { numRuns: 1_000 });
  });
});

const ROWS = 1_000;
const FEATURE = 'synthetic_rows';

describe('a server that is killed while it records a batch', () => {
  let database: TestDatabase;
  let environment: Environment;
  let program: Program;
  let call: Client;
  let owner: Person;
  let project: string;

  const start = async (): Promise<void> => {
    program = await startProgram(environment);
    call = clientOf({ url: program.origin });
  };
  beforeAll(async () => {
    database = await freshDatabase(2);
    environment = await liveEnvironment(database.url);
    await start();
    owner = await person(call);
    await database.db('users').where({ id: owner.id }).update({ platform_admin: true });
    const made = await call('POST /v1/projects', { token: owner.token, json: { name: 'Project' } });
    project = made.body.id;
  });
  afterAll(async () => {
    await cleanUp();
    await database.close();
  });

  const send = (batch: number): Promise<Answer> => {
    const events = Array.from({ length: ROWS }, (_, n) => ({
      project_id: project,
      feature: FEATURE,
      value: 1 + (n % 3),
      key: `${batch} ${n}`,
    }));
    return call('POST /v1/usage-events', { token: owner.token, json: { events } });
  };
  const WORTH = Array.from({ length: ROWS }, (_, n) => 1 + (n % 3)).reduce((sum, value) => sum + value);

  const recorded = async (batch: number): Promise<number> => {
    const found = await database.db('usage_records').where('key', 'like', `${batch} %`).count();
    return Number(found[0]?.['count']);
  };
  const counted = async (): Promise<readonly number[]> => {
    const rows = await database.db('usage_counters').where({ account_id: project });
    return rows.filter(({ window_kind: kind }) => kind === 'lifetime').map(({ used }) => Number(used));
  };

  /** Dies, comes back, hears the same again, and has it once. */
  const again = async (batch: number): Promise<number> => {
    expect(await program.end('SIGKILL')).toBe('SIGKILL');
    await expect.poll(() => working(), { timeout: 10_000 }).toBe(0);
    const before = await recorded(batch);
    expect([0, ROWS]).toContain(before);
    await start();
    const answer = await send(batch);
    expect([answer.status, answer.body.recorded, answer.body.refused]).toEqual([200, ROWS, 0]);
    const word = before === 0 ? 'recorded' : 'again';
    expect(new Set(answer.body.items.map(({ outcome }: { outcome: string }) => outcome))).toEqual(
      new Set([word]),
    );
    expect([await recorded(batch), await counted()]).toEqual([ROWS, [batch * WORTH]]);
    return before;
  };
  /** Statements of a process that is gone may still be at work. */
  const working = async (): Promise<number> => {
    const { rows } = await database.db.raw(
      `select count(*) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'`,
    );
    return Number(rows[0].count);
  };

  it('has it once when it is sent again, in whatever moment it died', async () => {
    // In the middle of the transaction, for certain: its records are written, and the counter is somebody else's.
    expect((await send(1)).body).toMatchObject({ recorded: ROWS });
    const sent = await database.db.transaction(async (trx) => {
      await trx('usage_counters').where({ account_id: project }).forUpdate();
      const waiting = send(2);
      waiting.catch(() => undefined);
      await expect
        .poll(async () => {
          const { rows } = await trx.raw(
            `select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
          );
          return Number(rows[0].count);
        })
        .toBe(1);
      return { died: program.end('SIGKILL') };
    });
    await sent.died;
    expect(await again(2)).toBe(0);

    for (const [n, delay] of [20, 60, 120, 250, 500].entries()) {
      const sending = send(3 + n);
      sending.catch(() => undefined);
      await pause(delay);
      await again(3 + n);
    }
  });
});
