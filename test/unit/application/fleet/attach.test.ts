import { err, errAsync, ok, okAsync } from 'neverthrow';
import { beforeEach, describe, expect, it } from 'vitest';
import { SECOND } from '../../../../src/domain/shared/time.js';
import { aRefusal } from '../../../support/entitled.js';
import { offering } from '../../../support/fleet-providers.js';
import { type Stage, stage, well } from './rig.js';

const LARGE = { provider: 'local', region: 'local', type: 'local.large' } as const;

describe('file systems on gateways of their owners', () => {
  let s: Stage;
  let gateway: string;
  beforeEach(async () => {
    s = await stage();
    gateway = (await s.app.createGateway(LARGE, s.member()))._unsafeUnwrap().id;
    await s.settle();
  });
  const attach = (id: string, to = gateway) => s.app.attachFileSystem(to, id, s.member());
  const detach = (id: string, from = gateway) => s.app.detachFileSystem(from, id, s.member());
  /** A file system that was stopped, on a gateway of its own. */
  const stopped = async () => {
    const made = await s.create();
    await s.settle();
    well(await s.app.setDesired(made.id, 'stopped', s.member()));
    await s.pass(3 * SECOND);
    return made;
  };

  it('run whether or not anything is attached', async () => {
    expect(await s.gateway(gateway)).toMatchObject({ status: 'running', phase: 'ready', auto: false });
    expect(s.gateways.instances()).toHaveLength(1);
  });

  it('serve what is attached, on their own terms; the gateway it had goes', async () => {
    const { id, gatewayId } = await stopped();
    expect(await attach(id)).toEqual(ok(undefined));
    expect(await attach(id)).toEqual(ok(undefined));
    await s.pass(3 * SECOND);
    expect(await s.fileSystem(id)).toMatchObject({
      status: 'running',
      gatewayId: gateway,
      instanceType: 'local.large',
    });
    expect(await s.gateway(gatewayId)).toMatchObject({ phase: 'deleted' });
    expect(s.gateways.instances()).toHaveLength(1);
    const [hours] = (
      await s.rows<{ microsPerHour: bigint; label: string; endedAt?: number }>('file_system_intervals')
    ).filter(({ endedAt }) => endedAt === undefined);
    expect(hours).toMatchObject({ label: 'local/local.large', microsPerHour: 70_000n });
  });

  it('let go of one without disturbing the other, once what it wrote is in the bucket', async () => {
    const [{ id: one }, { id: two }] = [await stopped(), await stopped()];
    well(await attach(one));
    well(await attach(two));
    await s.pass(3 * SECOND);
    s.gateways.write(one, 2);
    s.gateways.jam(one);
    expect(await detach(one)).toEqual(ok(undefined));
    await s.pass(5 * SECOND);
    expect(await s.fileSystem(one)).toMatchObject({
      status: 'scaling',
      phase: 'draining',
      gatewayId: gateway,
    });
    s.gateways.unjam(one);
    await s.pass(3 * SECOND);
    expect(await s.fileSystem(one)).toMatchObject({
      status: 'stopped',
      phase: 'detached',
      desired: 'stopped',
    });
    expect((await s.fileSystem(one)).gatewayId).toBeUndefined();
    expect(s.gateways.delivered(one)).toBe(2);
    expect((await s.events(two)).at(-1)?.data).toMatchObject({ status: 'running' });
    expect(s.gateways.exportsOf(gateway).map(({ fileSystemId }) => fileSystemId)).toEqual([two]);
    expect((await s.intervals(two))[1]).toEqual([expect.any(Number), undefined]);
  });

  it('are not gone while something is attached', async () => {
    const { id } = await stopped();
    well(await attach(id));
    expect(await s.app.deleteGateway(gateway, s.member())).toEqual(err({ kind: 'gateway_in_use' }));
    well(await detach(id));
    await s.pass(3 * SECOND);
    expect(await s.app.deleteGateway(gateway, s.member())).toEqual(ok(undefined));
    await s.settle();
    expect(s.gateways.instances()).toEqual([]);
    expect(await attach(id)).toEqual(err({ kind: 'not_found' }));
  });

  it('take nothing that another gateway serves, and let go of nothing that they do not have', async () => {
    const { id } = await s.create();
    await s.settle();
    expect(await attach(id)).toEqual(err({ kind: 'file_system_attached' }));
    expect(await detach(id)).toEqual(err({ kind: 'file_system_not_attached' }));
  });

  it('take nothing on once they are being deleted', async () => {
    const { id } = await stopped();
    well(await s.app.deleteGateway(gateway, s.member()));
    expect(await attach(id)).toEqual(err({ kind: 'gateway_terminating' }));
  });

  it('take nothing on that the account may not run there, and say so in the audit', async () => {
    const { id } = await stopped();
    const free = { ...LARGE, type: 'local.standard' };
    const freeGateway = well(await s.app.createGateway(free, s.member())).id;
    const refusal = {
      kind: 'not_entitled',
      reason: 'the plan has no paid instances',
      decision: aRefusal('paid_instances'),
    } as const;
    const refusing = s.process('ours', {
      entitlements: {
        mayLaunch: (_account, { freeTier }) => (freeTier ? okAsync(undefined) : errAsync(refusal)),
      },
    });
    const rows = () => Promise.all(['file_systems', 'gateways', 'quota_usage', 'events'].map(s.rows));
    const before = await rows();
    expect(await refusing.attachFileSystem(gateway, id, s.member())).toEqual(err(refusal));
    expect(await rows()).toEqual(before);
    const audit = await s.rows<{ action: string; data: { feature: string } }>('audit_log');
    expect(audit.at(-1)).toMatchObject({
      action: 'entitlement.refused',
      data: { feature: 'paid_instances' },
    });
    expect(await refusing.attachFileSystem(freeGateway, id, s.member())).toEqual(ok(undefined));
  });

  it('keep what they have when the plan has them no more: asking again for it changes nothing', async () => {
    const { id } = await stopped();
    well(await attach(id));
    const entitlements = {
      mayLaunch: () =>
        errAsync({ kind: 'not_entitled', reason: 'no more', decision: aRefusal('paid_instances') } as const),
    };
    const refusing = s.process('ours', { entitlements });
    expect(await refusing.attachFileSystem(gateway, id, s.member())).toEqual(ok(undefined));
  });

  it('take nothing on while their type cannot be had', async () => {
    const { id } = await stopped();
    const offers = offering(s.gateways);
    const fewer = s.process('ours', {
      providers: {
        ...offers,
        offers: () => offers.offers().map((offer) => ({ ...offer, instanceTypes: [] })),
      },
    });
    const hint = 'the instance type local.large cannot be had at the moment';
    expect(await fewer.attachFileSystem(gateway, id, s.member())).toEqual(
      err({ kind: 'provider_not_configured', provider: 'local', hint }),
    );
    expect((await s.fileSystem(id)).desired).toBe('stopped');
  });

  it('are joined by one of its own when what was detached is to run', async () => {
    const { id } = await stopped();
    well(await attach(id));
    await s.pass(2 * SECOND);
    well(await detach(id));
    await s.pass(3 * SECOND);
    expect((await s.app.setDesired(id, 'running', s.member())).isOk()).toBe(true);
    await s.pass(2 * SECOND);
    const runs = await s.fileSystem(id);
    expect(runs).toMatchObject({ status: 'running', phase: 'healthy' });
    expect(runs.gatewayId).not.toBe(gateway);
    expect(await s.gateway(runs.gatewayId)).toMatchObject({ auto: true, status: 'running' });
  });

  it('have nothing to do with a detached one that is deleted', async () => {
    const { id, gatewayId } = await stopped();
    well(await detach(id, gatewayId));
    await s.pass(3 * SECOND);
    expect(await s.gateway(gatewayId)).toMatchObject({ phase: 'deleted' });
    well(await s.app.deleteFileSystem(id, s.member()));
    expect(await s.fileSystem(id)).toMatchObject({ phase: 'deleted' });
    expect(await s.rows('bucket_mounts')).toEqual([]);
  });
});
