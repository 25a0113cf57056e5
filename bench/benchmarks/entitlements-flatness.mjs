import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { errAsync, okAsync } from 'neverthrow';
import pg from 'pg';
import { uuidv7 } from 'uuidv7';
import { spread } from '../harness/pairs.mjs';

const [FEW, MANY, STEP] = [10_000, 10_000_000, 500_000];
const TIMES = 200;
const FEATURE = '00000000-0000-7000-8000-000000000114';
const UNDONE = { kind: 'undone' };
const SIZES = new Intl.NumberFormat('en', { notation: 'compact' });

/** Half of all use is one account's; windows and reservations that are over are many times those that matter. */
const USE = `
  with use as (
    select n, ('00000000-0000-7000-9000-' || lpad(n::text, 12, '0'))::uuid as id,
           ('00000000-0000-7000-8000-0000000001' || lpad((n % 19 + 1)::text, 2, '0'))::uuid as feature,
           timestamptz '2025-12-31' - n * interval '1 minute' as at,
           case n % 2 when 0 then $1::uuid
             else ('00000000-0000-7000-a000-' || lpad((n % 20000)::text, 12, '0'))::uuid end as account
      from generate_series($2::bigint + 1, $3::bigint) n
  ),
  counters as (
    insert into usage_counters (account_id, feature_id, window_kind, window_start, used)
    select account, feature, 'day', at, 1 from use where n % 20 < 2
  ),
  reservations as (
    insert into usage_reservations (id, account_id, feature_id, amount, state, reserved_at, expires_at, day, month)
    select id, account, feature, 1, 'confirmed', at, at + interval '1 minute', at, at from use where n % 20 < 2
  )
  insert into usage_records (id, account_id, feature_id, key, value, used_at, recorded_at)
  select id, account, feature, 'key ' || lpad(n::text, 12, '0'), 1, at, at from use`;

const fill = async (client, account, from, to) => {
  for (let at = from; at < to; at += STEP) await client.query(USE, [account, at, Math.min(at + STEP, to)]);
  for (const table of ['usage_records', 'usage_counters', 'usage_reservations'])
    await client.query(`vacuum analyze ${table}`);
};

/** Blocks that the statements of an undone call touch, each run once more within a transaction that is undone. */
const blocksOf = async (db, call) => {
  const statements = [];
  const note = (statement) => statements.push(statement);
  db.on('query', note);
  await call();
  db.removeListener('query', note);
  let blocks = 0;
  for (const { sql, bindings } of statements.filter((each) =>
    /^\s*(select|insert|update|with)/i.test(each.sql),
  )) {
    const trx = await db.transaction();
    const explain = `explain (analyze, buffers, format json) ${sql.replaceAll(/\$\d+/g, '?')}`;
    const { rows } = await trx.raw(explain, bindings);
    await trx.rollback();
    const [{ Plan: plan }] = rows[0]['QUERY PLAN'];
    blocks += plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
  }
  return blocks;
};

const timesOf = async (call) => {
  const times = [];
  for (let i = 0; i < TIMES; i += 1) {
    const began = performance.now();
    await call();
    times.push(performance.now() - began);
  }
  return spread(times);
};

/** What is asked and written all day, by the built adapters. */
const callsOf = async (dist, db, account) => {
  const from = (path) => import(pathToFileURL(join(dist, path)).href);
  const { knexEntitlements } = await from('adapters/knex/entitlements/unit-of-work.js');
  const { knexEntitlementReaders } = await from('adapters/knex/entitlements/readers.js');
  const { windowStartsOf } = await from('domain/entitlements/windows.js');
  const units = knexEntitlements(db, { ids: { next: uuidv7 }, quotas: new Map() });
  const readers = knexEntitlementReaders(db);
  const windows = (at) => windowStartsOf(at, { now: at });
  const use = (at) => {
    const id = uuidv7();
    return { id, accountId: account, featureId: FEATURE, key: id, value: 1n, usedAt: at, recordedAt: at };
  };
  const record = (count) => (tx) => {
    const at = Date.now();
    return tx.usage.record(Array.from({ length: count }, () => ({ record: use(at), windows: windows(at) })));
  };
  const reserve = (tx) => {
    const at = Date.now();
    const one = { id: uuidv7(), accountId: account, featureId: FEATURE, amount: 1n, state: 'held' };
    return tx.usage
      .lock(account, FEATURE, windows(at), at)
      .andThen(() => tx.usage.reserve({ ...one, reservedAt: at, expiresAt: at + 60_000 }, windows(at)))
      .andThen(() => tx.usage.settle(account, one.id, 'released'));
  };
  const reading = (call) => ({ call, undone: call });
  const writing = (work) => ({
    call: () => units.runAdding(work),
    undone: () =>
      units
        .runAdding((tx) => work(tx).andThen(() => errAsync(UNDONE)))
        .orElse((failure) => (failure === UNDONE ? okAsync(undefined) : errAsync(failure))),
  });
  const insisting = (call) => async () => {
    const result = await call();
    if (result.isErr()) throw new Error(`refused: ${result.error.kind}`, { cause: result.error.cause });
  };
  return Object.entries({
    'facts of all features': reading(() => readers.facts(account, Date.now())),
    'facts of one feature': reading(() => readers.facts(account, Date.now(), ['api_calls'])),
    'a page of records': reading(() => readers.records(account, { size: 20 }, FEATURE)),
    'one use': writing(record(1)),
    'a hundred uses': writing(record(100)),
    'a reservation made and released': writing(reserve),
  }).map(([name, { call, undone }]) => ({ name, call: insisting(call), undone: insisting(undone) }));
};

/** The same calls beside ten thousand rows of use and beside ten million. */
export const entitlementsFlatness = {
  name: 'entitlements-flatness',
  measure: async ({ dist, databaseUrl }) => {
    const from = (path) => import(pathToFileURL(join(dist, path)).href);
    const { openDatabase } = await from('adapters/knex/kit/database.js');
    const { migrate } = await from('adapters/knex/kit/migrate.js');
    const db = openDatabase({ url: databaseUrl, poolSize: 2, name: 'bench' });
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    try {
      await migrate(db);
      const account = uuidv7();
      const calls = await callsOf(dist, db, account);
      await fill(client, account, 0, FEW);
      const few = new Map();
      for (const { name, call, undone } of calls)
        few.set(name, { blocks: await blocksOf(db, undone), times: await timesOf(call) });
      await fill(client, account, FEW, MANY);
      const rows = [];
      for (const { name, call, undone } of calls) {
        const { blocks, times } = few.get(name);
        const now = await blocksOf(db, undone);
        const among = `${name}, among ${SIZES.format(MANY)} uses`;
        const alone = { min: now, median: now, max: now };
        rows.push(
          // Indexes of a thousand times the rows have grown by two levels.
          {
            name: `${among} (${blocks} among ${SIZES.format(FEW)})`,
            alone,
            unit: 'blocks',
            most: blocks * 2 + 10,
          },
          {
            name: `${among} (${times.median.toFixed(2)} among ${SIZES.format(FEW)})`,
            alone: await timesOf(call),
            unit: 'ms',
          },
        );
      }
      return rows;
    } finally {
      await client.end();
      await db.destroy();
    }
  },
};
