import type { Knex } from 'knex';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOUR, plus } from '../../../src/domain/shared/time.js';
import { AT } from '../../support/accounts.js';
import { explained } from '../../support/explained.js';
import type { TestDatabase } from '../../support/postgres.js';
import { value } from './accounts.rig.js';
import { type FleetRig, fleetOf, knexFleetRigs } from './fleet.rig.js';

const [FEW, MANY] = [2_000, 40_000];
const HOST = 'host-1';

const idOf = (n: number): string => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;

/**
 * Gateways, file systems, hours and events beside those of a test, as many of them due, of other hosts, ended or
 * tombstones as a deployment of years has; each statement that meets them would read them through.
 */
const fill = async (db: Knex, account: string, from: number, to: number): Promise<void> => {
  const each = `generate_series(${from + 1}, ${to}) n, lateral (
    select ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid as id, '${account}'::uuid as account,
      timestamptz '2026-01-01' as at) r`;
  await db.raw(`
    insert into gateways (id, version, account_id, provider, region, type, auto, desired, status, phase, host_id,
        provision_token, created_at, updated_at, due_at, epoch, lease_until)
      select id, 1, account, case n % 2 when 0 then 'local' else 'aws' end, 'local', 'a', true, 'running', 'running',
        case n % 3 when 0 then 'deleted' else 'ready' end, case n % 4 when 0 then 'host-2' end,
        'token ' || n, at, at, at + n * interval '1 second', 1,
        case n % 5 when 0 then at + n * interval '1 second' end from ${each};
    insert into file_systems (id, version, account_id, source_kind, source_id, region, instance_type, preload,
        desired, status, phase, gateway_id, flushes_asked, flushes_done, secret, created_at, updated_at)
      select id, 1, account, 'bucket', id, 'local', 'a', false, 'running', 'running',
        case when n % 2 = 0 then 'healthy' else 'deleted' end, id, 0, 0, '-', at, at from ${each};
    insert into file_system_intervals (id, account_id, file_system_id, label, micros_per_hour, currency, started_at,
        ended_at)
      select id, account, id, 'a', 1, 'usd', at, case when n % 2 = 0 then at end from ${each};
    insert into events (stream, seq, type, account_id, data, at)
      select id, seq, 'status', account, '{}', at from ${each}, generate_series(1, 3) seq`);
  for (const table of ['gateways', 'file_systems', 'file_system_intervals', 'events'])
    await db.raw('vacuum analyze ??', [table]);
};

describe('The fleet’s statements', () => {
  const rigs = knexFleetRigs();
  let rig: FleetRig & TestDatabase;
  let account: Awaited<ReturnType<ReturnType<typeof fleetOf>['account']>>;
  let busy: typeof account;
  const inHand = {
    claim: () =>
      rig.leases.claim({ hostId: HOST, providers: ['local', 'gcp'] }, 10, plus(AT, HOUR), plus(AT, HOUR)),
    'first page of all': () => rig.fleetReaders.allFileSystems({ size: 20 }),
    'page of file systems': () => rig.fleetReaders.fileSystemsOf(busy, { size: 20, after: idOf(900) }),
    'page of gateways': () => rig.fleetReaders.gatewaysOf(busy, { size: 20, after: idOf(900) }),
    'gateways by token': () =>
      rig.fleetReaders.gatewaysByToken(['token 7', 'token 70', 'token 700', 'token x']),
    'file systems on a gateway': () => rig.fleet.run((tx) => tx.fileSystems.on(busy, idOf(700))),
    'resources of an account': () => rig.accounts.run((tx) => tx.accounts.occupant(account)),
    'opening an interval': () =>
      rig.fleet.run((tx) =>
        tx.intervals.open({
          ...{ fileSystemId: idOf(800), accountId: busy, label: 'a', currency: 'usd' },
          ...{ microsPerHour: 1n, startedAt: AT },
        }),
      ),
    'closing an interval': () => rig.fleet.run((tx) => tx.intervals.close(idOf(801), AT)),
    'a feed of which nothing is new': () =>
      rig.feed.since(Array.from({ length: 200 }, (_, i) => ({ stream: idOf(i + 1), after: 3 }))),
  };

  const few = new Map<string, number>();
  beforeAll(async () => {
    rig = await rigs.open();
    account = await fleetOf(rig).account();
    busy = await fleetOf(rig).account();
    await fill(rig.db, busy, 0, FEW);
    for (const [name, call] of Object.entries(inHand)) few.set(name, (await explained(rig.db, call)).blocks);
    await fill(rig.db, busy, FEW, MANY);
  }, 60_000);
  afterAll(rigs.close);

  it.each(Object.entries(inHand))('touch no more rows among many than among few: %s', async (name, call) => {
    const { blocks, through } = await explained(rig.db, call);
    expect(through).toEqual([]);
    expect(blocks).toBeGreaterThan(0);
    // Indexes of twenty times the rows may have grown by a level.
    expect(blocks).toBeLessThanOrEqual((few.get(name) ?? 0) * 1.5 + 10);
  });

  it('claim what is due among the many', async () => {
    const claimed = await value(inHand.claim());
    expect(claimed).toHaveLength(10);
    expect(new Set(claimed.map(({ gateway }) => gateway.provider))).toEqual(new Set(['local']));
  });
});
