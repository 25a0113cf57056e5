import { errAsync, okAsync } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../../src/adapters/memory/fleet/provider-faults.js';
import { MINUTE, SECOND } from '../../../../src/domain/shared/time.js';
import { aRefusal } from '../../../support/entitled.js';
import { stage, well } from './rig.js';

/** The named call has this fault the first time, and none after it. */
const once = (call: string, fault: Fault) => {
  let left = 1;
  return (made: string): Fault => {
    if (made !== call || left === 0) return 'none';
    left -= 1;
    return fault;
  };
};

describe('what goes wrong in the fleet', () => {
  it.each(['error_after', 'lost_reply'] as const)(
    'adopts the one instance that was made, when its making ends in %s',
    async (fault) => {
      const s = await stage({ faultOf: once('ensure', fault) });
      const { id, gatewayId } = await s.create();
      await s.settle();
      expect(s.gateways.instances()).toHaveLength(1);
      expect(await s.gateway(gatewayId)).toMatchObject({
        status: 'pending',
        phase: 'provisioning',
      });
      await s.pass(5 * SECOND);
      expect(await s.fileSystem(id)).toMatchObject({ status: 'running', phase: 'healthy' });
      expect(s.gateways.instances()).toMatchObject([{ token: (await s.gateway(gatewayId)).provisionToken }]);
    },
  );

  it('makes one instance of two workers of which one has lost its lease, and takes nothing down from that one', async () => {
    const s = await stage();
    const { id, gatewayId } = await s.create();
    const slow = s.process();
    const [late] = (await slow.reconciler.claim(1))._unsafeUnwrap();
    if (!late) throw new Error('nothing was due');
    s.clock.advance(31 * SECOND);
    await s.settle();
    expect(await s.fileSystem(id)).toMatchObject({ status: 'running' });
    const before = [await s.gateway(gatewayId), await s.fileSystem(id), await s.events(id)];
    const stale = await slow.reconciler.step(late);
    expect(stale._unsafeUnwrapErr()).toMatchObject({ kind: 'lease_lost' });
    expect([await s.gateway(gatewayId), await s.fileSystem(id), await s.events(id)]).toEqual(before);
    expect(s.gateways.instances()).toHaveLength(1);
  });

  it('writes nothing for a worker whose lease another one has, be the rows as it knew them', async () => {
    const s = await stage();
    const { gatewayId } = await s.create();
    const [late] = (await s.process().reconciler.claim(1))._unsafeUnwrap();
    s.clock.advance(31 * SECOND);
    expect((await s.app.reconciler.claim(1))._unsafeUnwrap()).toHaveLength(1);
    const before = await s.gateway(gatewayId);
    if (!late) throw new Error('nothing was due');
    expect((await s.process().reconciler.step(late))._unsafeUnwrapErr()).toMatchObject({
      kind: 'lease_lost',
    });
    expect(await s.gateway(gatewayId)).toEqual(before);
    expect(s.gateways.calls).toEqual([]);
  });

  it('notices an instance that was killed within a resync, ends the hours there, and makes another with a new token', async () => {
    const s = await stage();
    const { id, gatewayId } = await s.create();
    await s.settle();
    await s.pass(60 * SECOND);
    const [first] = s.gateways.instances();
    s.clock.advance(10 * SECOND);
    s.gateways.kill(first?.ref ?? '', 'gone');
    await s.pass(30 * SECOND);
    expect(await s.fileSystem(id)).toMatchObject({ status: 'running', phase: 'healthy' });
    const [second] = s.gateways.instances();
    expect(second?.token).not.toBe(first?.token);
    expect((await s.gateway(gatewayId)).provisionToken).toBe(second?.token);
    const [[, end], [start]] = (await s.intervals(id)) as [number[], number[]];
    // The last look that saw it, not the one that did not.
    expect(end).toBe(60 * SECOND);
    expect(start).toBeGreaterThan(70 * SECOND);
    expect((await s.events(id)).map(({ data }) => data['status'])).toContain('scaling');
  });

  it('starts an instance that went down again, with what it holds', async () => {
    const s = await stage();
    const { id } = await s.create();
    await s.settle();
    s.gateways.write(id, 3);
    const [first] = s.gateways.instances();
    s.clock.advance(SECOND);
    s.gateways.kill(first?.ref ?? '', 'failed');
    await s.pass(40 * SECOND);
    expect(await s.fileSystem(id)).toMatchObject({ status: 'running', phase: 'healthy' });
    expect(s.gateways.instances()).toMatchObject([{ ref: first?.ref }]);
    expect(s.gateways.delivered(id)).toBe(3);
    expect((await s.intervals(id))[0]).toEqual([0, SECOND]);
  });

  it('stops no instance that went down in the middle of a drain before its files are in the bucket', async () => {
    const s = await stage({ pace: { drainMs: 20 * SECOND, writeBackMs: MINUTE } });
    const { id } = await s.create();
    await s.settle();
    s.gateways.write(id, 3);
    well(await s.app.setDesired(id, 'stopped', s.member()));
    await s.settle();
    s.gateways.kill(s.gateways.instances()[0]?.ref ?? '', 'stopped');
    await s.pass(10 * SECOND);
    expect(await s.fileSystem(id)).toMatchObject({ status: 'running', phase: 'draining' });
    await s.pass(MINUTE);
    expect(s.gateways.delivered(id)).toBe(3);
    expect(await s.fileSystem(id)).toMatchObject({ status: 'stopped', reason: undefined });
  });

  it('promises no flush of what went down with its instance', async () => {
    const s = await stage({ pace: { drainMs: MINUTE, writeBackMs: 10 * MINUTE } });
    const { id } = await s.create();
    await s.settle();
    s.gateways.write(id, 3);
    well(await s.app.flushFileSystem(id, s.member()));
    await s.settle();
    s.gateways.kill(s.gateways.instances()[0]?.ref ?? '', 'gone');
    await s.pass(40 * SECOND);
    const lost = await s.fileSystem(id);
    expect(lost).toMatchObject({ status: 'failed', flushesDone: 0, flushesAsked: 0 });
    expect(lost.reason).toMatch(/gone before/);
    well(await s.app.setDesired(id, 'running', s.member()));
    await s.pass(5 * SECOND);
    expect(await s.fileSystem(id)).toMatchObject({ status: 'running', phase: 'healthy' });
    expect((await s.events(id)).filter(({ type }) => type === 'flush')).toEqual([]);
  });

  it('fails with what the provider says when it will not have it, and tries again when asked', async () => {
    const s = await stage();
    s.gateways.refuse('there is no room');
    const { id, gatewayId } = await s.create();
    await s.settle();
    expect(await s.fileSystem(id)).toMatchObject({ status: 'failed', reason: 'there is no room' });
    expect(await s.gateway(gatewayId)).toMatchObject({ status: 'failed', reason: 'there is no room' });
    s.gateways.admit();
    await s.pass(MINUTE);
    expect(await s.fileSystem(id)).toMatchObject({ status: 'failed' });
    well(await s.app.setDesired(id, 'running', s.member()));
    await s.pass(2 * SECOND);
    expect(await s.fileSystem(id)).toMatchObject({ status: 'running', reason: undefined });
  });

  it('waits longer after each failure, and not at all once an owner changes their mind', async () => {
    const s = await stage({ faultOf: (call) => (call === 'ensure' ? 'error_before' : 'none') });
    const { id } = await s.create();
    await s.pass(5 * MINUTE);
    const tries = s.gateways.calls.filter((call) => call === 'ensure').length;
    expect(tries).toBeGreaterThan(5);
    expect(tries).toBeLessThan(12);
    well(await s.app.deleteFileSystem(id, s.member()));
    await s.settle();
    expect((await s.app.getFileSystem(id, s.member())).isErr()).toBe(true);
  });

  it('lets nobody but the deployment whose database it is touch an instance', async () => {
    const s = await stage();
    const { id } = await s.create();
    await s.settle();
    const copy = s.process('another');
    well(await s.app.deleteFileSystem(id, s.member()));
    expect(await copy.reconciler.claim(10)).toMatchObject({ value: [] });
    s.gateways.plant('a token nobody has', 'another');
    s.clock.advance(10 * MINUTE);
    expect((await copy.collectGarbage())._unsafeUnwrap()).toEqual([
      { outcome: 'foreign_database', configured: 'another', recorded: 'ours' },
    ]);
    expect(s.gateways.instances()).toHaveLength(2);
  });

  it('counts a step that nobody recorded as not taken: due gateways are claimed again when the lease is over', async () => {
    const s = await stage();
    await s.create();
    expect((await s.app.reconciler.claim(10))._unsafeUnwrap()).toHaveLength(1);
    expect((await s.app.reconciler.claim(10))._unsafeUnwrap()).toEqual([]);
    s.clock.advance(30 * SECOND);
    const again = await s.app.reconciler.claim(10);
    expect(again._unsafeUnwrap()).toMatchObject([{ epoch: 2 }]);
  });

  it('leaves gateways alone whose provider does not work here', async () => {
    const s = await stage();
    const { id } = await s.create();
    const elsewhere = s.process('ours', {
      providers: {
        offers: () => [],
        get: (provider) => ({ kind: 'provider_not_configured', provider, hint: '' }),
      },
    });
    expect((await elsewhere.reconciler.claim(10))._unsafeUnwrap()).toEqual([]);
    expect(
      (
        await elsewhere.createFileSystem({ bucketId: 'b', region: 'local', preload: false }, s.member())
      )._unsafeUnwrapErr(),
    ).toMatchObject({
      kind: 'provider_not_configured',
    });
    await s.settle();
    expect(await s.fileSystem(id)).toMatchObject({ status: 'running' });
  });
});

describe('instances without a gateway', () => {
  const plantMany = async (n: number) => {
    const s = await stage();
    for (let i = 0; i < n; i += 1) s.gateways.plant(`token-${i}`, 'ours');
    return s;
  };

  it('are ended once they are old enough to be nobody’s', async () => {
    const s = await plantMany(2);
    s.gateways.plant('theirs', 'another deployment');
    s.clock.advance(5 * MINUTE);
    expect(await s.app.collectGarbage()).toMatchObject({ value: [{ listed: 2, ended: 0 }] });
    s.clock.advance(1);
    expect(await s.app.collectGarbage()).toMatchObject({ value: [{ listed: 2, ended: 2, kept: 0 }] });
    expect(s.gateways.instances()).toMatchObject([{ token: 'theirs' }]);
  });

  it('are all left where they are when they are too many to be believed', async () => {
    const s = await plantMany(11);
    s.clock.advance(6 * MINUTE);
    expect((await s.app.collectGarbage())._unsafeUnwrap()).toMatchObject([
      { outcome: 'too_many', orphans: 11 },
    ]);
    expect(s.gateways.instances()).toHaveLength(11);
  });

  it('do not include one that a gateway has, nor one that holds what is not in its bucket', async () => {
    const s = await stage();
    const { id } = await s.create();
    await s.settle();
    s.clock.advance(6 * MINUTE);
    expect((await s.app.collectGarbage())._unsafeUnwrap()).toMatchObject([{ listed: 1, ended: 0, kept: 0 }]);
    s.gateways.jam(id);
    s.gateways.write(id, 1);
    const lost = {
      ...(await s.gateway((await s.fileSystem(id)).gatewayId)),
      provisionToken: 'another token',
    };
    well(await s.store.run((tx) => tx.table('gateways').put(lost.id, lost)));
    expect((await s.app.collectGarbage())._unsafeUnwrap()).toMatchObject([{ listed: 1, ended: 0, kept: 1 }]);
    expect(s.gateways.instances()).toHaveLength(1);
  });
});

describe('who may not have it', () => {
  it('is told why, and nothing is left behind but the refusals in the audit', async () => {
    const decision = aRefusal('paid_instances');
    const refusal = { kind: 'not_entitled', reason: 'the plan has no paid instances', decision } as const;
    const s = await stage();
    const refusing = s.process('ours', {
      entitlements: {
        mayLaunch: (_account, type) => (type.freeTier ? okAsync(undefined) : errAsync(refusal)),
      },
    });
    const asked = {
      bucketId: (await s.rows<{ id: string }>('buckets'))[0]?.id,
      region: 'local',
      preload: false,
    };
    const rows = async () =>
      Promise.all(['file_systems', 'gateways', 'quota_usage', 'events', 'bucket_mounts', 'jobs'].map(s.rows));
    const before = await rows();
    const answer = await refusing.createFileSystem({ ...asked, instanceType: 'local.large' }, s.member());
    expect(answer._unsafeUnwrapErr()).toEqual(refusal);
    const gateway = { provider: 'local', region: 'local', type: 'local.large' } as const;
    expect((await refusing.createGateway(gateway, s.member()))._unsafeUnwrapErr()).toEqual(refusal);
    expect(await rows()).toEqual(before);
    const audit = await s.rows<{ action: string; data: { feature: string } }>('audit_log');
    expect(audit.slice(-2).map(({ action, data }) => [action, data.feature])).toEqual([
      ['entitlement.refused', 'paid_instances'],
      ['entitlement.refused', 'paid_instances'],
    ]);
    expect((await refusing.createFileSystem(asked, s.member())).isOk()).toBe(true);
    expect(await s.rows('quota_usage')).toHaveLength(3);
  });
});
