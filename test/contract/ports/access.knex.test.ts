import type { Knex } from 'knex';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { knexAccess } from '../../../src/adapters/knex/accounts/access.js';
import type { Credential, Target } from '../../../src/ports/accounts/access.js';
import { AT } from '../../support/accounts.js';
import { freshDatabase, type TestDatabase } from '../../support/postgres.js';
import { accessContract } from './access.contract.js';
import { accessToFleetContract } from './access.fleet.contract.js';
import { knexAccountsRigs } from './accounts.rig.js';

const rigs = knexAccountsRigs();
afterAll(rigs.close);

accessContract('knex', rigs.open);
accessToFleetContract('knex', rigs.open);

const id = (n: number): string => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const personalId = (n: number): string => id(n).replace('-8000-', '-8001-');
const FILLED = 3_000;
const TABLES = [
  ...['users', 'accounts', 'memberships', 'sessions', 'api_keys'],
  ...['buckets', 'connections', 'file_systems', 'gateways', 'customers', 'subscriptions'],
];
const SELLER = "'00000000-0000-7000-8000-000000000001'";

/** As many rows of each table as make a planner read the table through if no index answers the question. */
const fill = async (db: Knex): Promise<void> => {
  const numbered = (half: string) => `('00000000-0000-7000-${half}-' || lpad(n::text, 12, '0'))::uuid`;
  const each = `generate_series(1, ${FILLED}) n, lateral (select ${numbered('8000')} as id, ${numbered('8001')} as own, now() as at) r`;
  await db.raw(`
    insert into users (id, version, email, password_hash, created_at, updated_at)
      select id, 1, n || '@example.com', '-', at, at from ${each};
    insert into accounts (id, version, kind, name, creator_id, data_key, created_at, updated_at)
      select id, 1, 'platform', 'An account', id, '-', at, at from ${each}
      union all select own, 1, 'personal', 'An account', id, '-', at, at from ${each};
    insert into memberships (id, version, account_id, user_id, role, status, created_at)
      select id, 1, id, id, 'owner', 'accepted', at from ${each}
      union all select own, 1, own, id, 'owner', 'accepted', at from ${each};
    insert into buckets (id, version, account_id, name, bucket_name, region, access_key_id, secret_access_key,
        status, created_at, updated_at)
      select id, 1, id, 'a-bucket', n, 'local', n, '-', 'active', at, at from ${each};
    insert into connections (id, version, account_id, provider, uri, region, bucket_name, jail, access_key_id,
        secret, status, created_at, updated_at)
      select id, 1, id, 'aws', 's3://theirs', 'us-east-1', 'theirs', '', n, '-', 'pending', at, at from ${each};
    insert into gateways (id, version, account_id, provider, region, type, auto, desired, status, phase, created_at,
        updated_at, due_at)
      select id, 1, id, 'local', 'local', 'a', true, 'running', 'running', 'ready', at, at, at from ${each};
    insert into file_systems (id, version, account_id, source_kind, source_id, region, instance_type, preload,
        desired, status, phase, flushes_asked, flushes_done, secret, created_at, updated_at)
      select id, 1, id, 'bucket', id, 'local', 'a', false, 'running', 'running', 'healthy', 0, 0, '-', at, at from ${each};
    insert into sessions (id, user_id, created_at, expires_at) select id, id, at, 'infinity' from ${each};
    insert into api_keys (id, user_id, name, key_prefix, key_hash, scopes, created_at)
      select id, id, 'A key', 'th_', 'hash ' || n, '{}', at from ${each};
    insert into customers (seller_id, id, version, payer_account_id, processor_id, created_at)
      select ${SELLER}, id, 1, id, 'cus_' || n, at from ${each};
    insert into subscriptions (seller_id, id, version, customer_id, truth_source, status, processor_id,
        processor_status, processor_price_id, cancel_at_period_end, period_start, period_end, started_at)
      select ${SELLER}, id, 1, id, 'mirrored', 'active', 'sub_' || n, 'active', 'price', false, at,
        at + interval '1 month', at from ${each}`);
  for (const table of TABLES) await db.raw('vacuum analyze ??', [table]);
};

type Plan = {
  readonly 'Node Type': string;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly Plans?: readonly Plan[];
};
const nodes = (plan: Plan): readonly string[] => [
  plan['Node Type'],
  ...(plan.Plans ?? []).flatMap((child) => nodes(child)),
];

describe('Access: its one statement', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await freshDatabase();
    await fill(database.db);
  });
  afterAll(() => database.close());

  const session: Credential = { kind: 'session', sessionId: id(7) };
  const apiKey: Credential = { kind: 'api_key', hash: 'hash 7' };
  const targets: readonly Target[] = [
    { kind: 'none' },
    { kind: 'personal' },
    { kind: 'project', id: id(7) },
    { kind: 'paying_project', id: id(7) },
    { kind: 'bucket', id: id(7) },
    { kind: 'connection', id: id(7) },
    { kind: 'file_system', id: id(7) },
    { kind: 'gateway', id: id(7) },
  ];
  const cases = [session, apiKey].flatMap((credential) =>
    targets.map((target) => [credential.kind, target.kind, credential, target] as const),
  );

  it.each(cases)('looks a %s at a %s up by indexes alone', async (_, kind, credential, target) => {
    const { db } = database;
    const statements: { readonly sql: string; readonly bindings: readonly string[] }[] = [];
    const note = (statement: (typeof statements)[number]) => statements.push(statement);
    db.on('query', note);
    const identity = (await knexAccess(db).find(credential, target, AT))._unsafeUnwrap();
    db.removeListener('query', note);
    expect(identity?.userId).toBe(id(7));
    const place = { none: undefined, personal: personalId(7) };
    expect(identity?.place?.account.id).toBe(kind in place ? place[kind as keyof typeof place] : id(7));

    expect(statements).toHaveLength(1);
    const [{ sql, bindings } = { sql: '', bindings: [] }] = statements;
    const { rows } = await db.raw(
      `explain (analyze, buffers, format json) ${sql.replaceAll(/\$\d+/g, '?')}`,
      bindings,
    );
    const plan: Plan = rows[0]['QUERY PLAN'][0].Plan;
    expect(nodes(plan).filter((node) => /Scan/.test(node) && !/^Index/.test(node))).toEqual([]);
    // A bucket's row is looked up twice: for its account, and to be brought along.
    const scans = {
      none: 2,
      personal: 4,
      project: 4,
      paying_project: 6,
      bucket: 6,
      connection: 5,
      file_system: 5,
      gateway: 5,
    }[kind];
    expect(nodes(plan).filter((node) => node.startsWith('Index'))).toHaveLength(scans);
    // A look-up reads an index's two levels and the row: no part of this grows with the tables.
    expect(plan['Shared Hit Blocks'] + plan['Shared Read Blocks']).toBeLessThanOrEqual(3 * scans);
  });

  it('places nobody by a refused invitation, though the row should name them', async () => {
    const { db } = database;
    const refused = { invited_email: 'guest@example.com', invitation_sent_at: new Date(AT) };
    await db('memberships')
      .where({ id: id(9) })
      .update({ ...refused, status: 'denied', invitation_denied_at: new Date(AT) });
    const credential: Credential = { kind: 'session', sessionId: id(9) };
    const identity = (
      await knexAccess(db).find(credential, { kind: 'project', id: id(9) }, AT)
    )._unsafeUnwrap();
    expect(identity?.userId).toBe(id(9));
    expect(identity?.place).toBeUndefined();
  });
});
