import { expect } from 'vitest';
import type { Outside, Row } from '../../support/crash.js';

const by = (rows: readonly Row[], column: string, value: unknown): readonly Row[] =>
  rows.filter((row) => row[column] === value);
/** Those that are no tombstones. */
const living = (rows: readonly Row[]) => rows.filter(({ phase }) => phase !== 'deleted');
const oneTo = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i + 1);

/** No half user: account, membership as its owner, confirmation letter's token and audit come with the row. */
const users = async ({ rows }: Outside): Promise<void> => {
  const [accounts, memberships] = [await rows('accounts', { kind: 'personal' }), await rows('memberships')];
  const [tokens, audit] = [await rows('one_time_tokens'), await rows('audit_log')];
  const all = await rows('users');
  expect(accounts).toHaveLength(all.length);
  for (const { id } of all) {
    const [personal] = by(accounts, 'creatorId', id);
    expect(by(memberships, 'accountId', personal?.['id'])).toMatchObject([{ userId: id, role: 'owner' }]);
    expect(by(tokens, 'subjectId', id)).toMatchObject([{ purpose: 'verify_email' }]);
    expect(by(audit, 'target', id)).toMatchObject([{ action: 'user.register' }]);
  }
};

/** No account without an owner; what the quota counts is there; deleted and audited as deleted are one. */
const accounts = async ({ rows, used }: Outside): Promise<void> => {
  const [memberships, buckets] = [await rows('memberships'), await rows('buckets')];
  const connections = await rows('connections');
  const [fileSystems, gateways] = [living(await rows('file_systems')), living(await rows('gateways'))];
  const deletions = await rows('audit_log', { action: 'project.delete' });
  const drafts = await rows('onboarding_drafts');
  for (const { id, kind, deletedAt } of await rows('accounts')) {
    expect(by(drafts, 'accountId', id)).toHaveLength(kind === 'platform' ? 1 : 0);
    const members = by(memberships, 'accountId', id).filter(({ status }) => status !== 'denied');
    expect(members.filter(({ role, status }) => role === 'owner' && status === 'accepted')).not.toEqual([]);
    // The founder is no burden on the quota.
    expect(await used(String(id), 'members')).toBe(members.length - 1);
    const living = by(buckets, 'accountId', id).filter(({ status }) => status !== 'deleted');
    expect(await used(String(id), 'buckets')).toBe(living.length);
    expect(await used(String(id), 'connections')).toBe(by(connections, 'accountId', id).length);
    expect(await used(String(id), 'file_systems')).toBe(by(fileSystems, 'accountId', id).length);
    expect(await used(String(id), 'gateways')).toBe(by(gateways, 'accountId', id).length);
    expect(by(deletions, 'target', id)).toHaveLength(deletedAt === undefined ? 0 : 1);
  }
};

/** One event for each version of each aggregate, and no other. */
const events = async ({ rows }: Outside): Promise<void> => {
  const invitations = (await rows('memberships')).filter((row) => row['invitationSentAt'] !== undefined);
  const aggregates = [
    ...(await rows('users')),
    ...(await rows('accounts', { kind: 'platform' })),
    ...(await rows('buckets')),
    ...(await rows('connections')),
    ...(await rows('file_systems')),
    ...(await rows('gateways')),
    ...(await rows('plans')),
    ...(await rows('customers')),
    ...(await rows('subscriptions')),
    ...(await rows('events', { type: 'connection.deleted' })).map(({ stream, seq }) => ({
      id: stream,
      version: seq,
    })),
    // Confirmed and released ones were told of twice; what runs out does so by itself.
    ...(await rows('usage_reservations')).map(({ id, state }) => ({
      id,
      version: state === 'confirmed' || state === 'released' ? 2 : 1,
    })),
    // What crosses a limit, and what is said of one account, is a stream of its own.
    ...(await rows('events'))
      .filter(({ type }) => String(type).startsWith('entitlement.'))
      .map(({ stream }) => ({ id: stream, version: 1 })),
    ...invitations,
  ];
  const written = new Map<unknown, number[]>();
  for (const { stream, seq } of await rows('events'))
    written.set(stream, [...(written.get(stream) ?? []), Number(seq)]);
  const streams = [...written].map(([stream, seqs]) => [stream, seqs.sort((a, b) => a - b)]);
  expect(new Map(streams as [unknown, number[]][])).toEqual(
    new Map(aggregates.map(({ id, version }) => [id, oneTo(Number(version))])),
  );
};

/** Whatever a bucket still needs, a job is there to do; one that is active is in the store, a deleted one is not. */
const buckets = async ({ rows, objects }: Outside): Promise<void> => {
  const jobs = (await rows('jobs')).map(({ key }) => key);
  for (const { id, bucketName, status } of await rows('buckets')) {
    const inStore = (await objects.list(String(bucketName), { prefix: '' as never, limit: 1 })).isOk();
    if (status === 'pending') expect(jobs).toContain(`bucket.provision:${id}`);
    if (status === 'deleting') expect(jobs).toContain(`bucket.empty:${id}`);
    if (status === 'active') expect(inStore).toBe(true);
    if (status === 'deleted') expect(inStore).toBe(false);
  }
};

/** A verification that goes on, or is to be tried again, has a job that will do it. */
const connections = async ({ rows }: Outside): Promise<void> => {
  const jobs = (await rows('jobs')).map(({ key }) => key);
  for (const { id, version, status } of await rows('connections'))
    if (status === 'verifying') expect(jobs).toContain(`connection.verify:${id}:${version}`);
};

/**
 * No instance is anybody's but a gateway's that is there, and no gateway has two; hours are counted of what runs
 * alone; whatever shows a bucket holds it.
 */
const fleet = async ({ rows, gateways: provider }: Outside): Promise<void> => {
  const tokens = living(await rows('gateways')).map(({ provisionToken }) => provisionToken);
  const instances = provider.instances().map(({ token }) => token);
  expect(tokens).toEqual(expect.arrayContaining(instances));
  expect(new Set(instances).size).toBe(instances.length);
  const fileSystems = await rows('file_systems');
  const open = (await rows('file_system_intervals')).filter(({ endedAt }) => endedAt === undefined);
  const running = fileSystems.filter(({ status }) => status === 'running' || status === 'terminating');
  const counted = open.map(({ fileSystemId }) => fileSystemId);
  expect(running.map(({ id }) => id)).toEqual(expect.arrayContaining(counted));
  expect(counted).toEqual(
    expect.arrayContaining(fileSystems.filter(({ status }) => status === 'running').map(({ id }) => id)),
  );
  const mounted = (await rows('bucket_mounts')).map(({ fileSystemId }) => fileSystemId);
  expect(mounted.sort()).toEqual(
    living(fileSystems)
      .map(({ id }) => id)
      .sort(),
  );
};

/** Counters say what the records add up to, and what is set aside beside them. */
const usage = async ({ rows }: Outside): Promise<void> => {
  const [records, reservations] = [await rows('usage_records'), await rows('usage_reservations')];
  const sum = (of: readonly Row[], column: string) => of.reduce((all, row) => all + Number(row[column]), 0);
  for (const counter of await rows('usage_counters')) {
    if ((counter['kind'] ?? counter['windowKind']) !== 'lifetime') continue;
    const { accountId, featureId, used, reserved } = counter;
    const own = (of: readonly Row[]) => by(by(of, 'accountId', accountId), 'featureId', featureId);
    expect([Number(used), Number(reserved)]).toEqual([
      sum(own(records), 'value'),
      sum(by(own(reservations), 'state', 'held'), 'amount'),
    ]);
  }
};

/** What holds of all rows at every moment, in the middle of any operation and after any death. */
export const sound = async (outside: Outside): Promise<void> => {
  await users(outside);
  await accounts(outside);
  await events(outside);
  await buckets(outside);
  await connections(outside);
  await fleet(outside);
  await usage(outside);
};
