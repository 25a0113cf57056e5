import { err, ok } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../../../src/domain/shared/time.js';
import { stage, well } from './rig.js';

const told = async (s: Awaited<ReturnType<typeof stage>>, id: string) =>
  (await s.events(id)).map(({ type, data }) =>
    type === 'flush' ? `flush ${data['flushes']}` : `${data['status']}/${data['phase']}`,
  );

describe('the life of a file system', () => {
  it('begins pending and runs once its export is seen to serve, with four calls of the provider', async () => {
    const s = await stage();
    const { id } = await s.create();
    expect(await s.fileSystem(id)).toMatchObject({ status: 'pending', phase: 'queued', desired: 'running' });
    await s.settle();
    expect(await s.fileSystem(id)).toMatchObject({
      status: 'running',
      phase: 'healthy',
      served: { webdav: { username: id } },
    });
    expect(s.gateways.calls).toEqual(['ensure', 'observe', 'health', 'exports']);
    expect(await told(s, id)).toEqual(['pending/queued', 'pending/exporting', 'running/healthy']);
    expect(await s.intervals(id)).toEqual([[0, undefined]]);
  });

  it('says what it waits for while its instance starts', async () => {
    const s = await stage({ pace: { bootMs: 5 * SECOND } });
    const { id } = await s.create();
    await s.settle();
    expect(await s.fileSystem(id)).toMatchObject({ status: 'pending', phase: 'booting' });
    await s.pass(10 * SECOND);
    expect(await s.fileSystem(id)).toMatchObject({ status: 'running', phase: 'healthy' });
    expect(await s.intervals(id)).toEqual([[5 * SECOND, undefined]]);
  });

  it('stops when what was written is in the bucket: until then it runs, serves and is counted', async () => {
    const s = await stage({ pace: { drainMs: 3 * SECOND, stopMs: 2 * SECOND } });
    const { id } = await s.create();
    await s.settle();
    expect(s.gateways.write(id, 7)).toBe(true);
    well(await s.app.setDesired(id, 'stopped', s.member()));
    await s.settle();
    expect(await s.fileSystem(id)).toMatchObject({
      status: 'running',
      phase: 'draining',
      desired: 'stopped',
    });
    await s.pass(4 * SECOND);
    expect(await s.fileSystem(id)).toMatchObject({ status: 'running', phase: 'stopping' });
    expect(s.gateways.delivered(id)).toBe(7);
    await s.pass(4 * SECOND);
    const stopped = await s.fileSystem(id);
    expect(stopped).toMatchObject({ status: 'stopped', phase: 'stopped', served: undefined });
    expect(await s.gateway(stopped.gatewayId)).toMatchObject({ status: 'stopped', phase: 'stopped' });
    const [instance] = s.gateways.instances();
    expect(await s.intervals(id)).toEqual([[0, 5 * SECOND]]);
    expect(instance?.state).toBe('stopped');
  });

  it('starts again on the same instance, as an interval of its own', async () => {
    const s = await stage();
    const { id } = await s.create();
    await s.settle();
    const [first] = s.gateways.instances();
    await s.pass(10 * SECOND);
    well(await s.app.setDesired(id, 'stopped', s.member()));
    await s.pass(10 * SECOND);
    well(await s.app.setDesired(id, 'running', s.member()));
    expect(await s.fileSystem(id)).toMatchObject({ status: 'pending', phase: 'queued' });
    await s.pass(2 * SECOND);
    expect(await s.fileSystem(id)).toMatchObject({ status: 'running', phase: 'healthy' });
    expect(s.gateways.instances()).toMatchObject([{ ref: first?.ref, state: 'running' }]);
    expect(await s.intervals(id)).toEqual([
      [0, 11 * SECOND],
      [22 * SECOND, undefined],
    ]);
    expect(s.gateways.write(id, 1)).toBe(true);
  });

  it('goes with its gateway, its instance and its place in the quota', async () => {
    const s = await stage();
    const { id, gatewayId } = await s.create();
    await s.settle();
    s.gateways.write(id, 3);
    await s.pass(2 * SECOND);
    expect(await s.app.deleteFileSystem(id, s.member())).toEqual(ok(undefined));
    expect(await s.fileSystem(id)).toMatchObject({ status: 'terminating', phase: 'draining' });
    await s.settle();
    await s.pass(SECOND);
    expect(await s.app.getFileSystem(id, s.member())).toEqual(err({ kind: 'not_found' }));
    expect(await s.app.getGateway(gatewayId ?? '', s.member())).toEqual(err({ kind: 'not_found' }));
    expect(s.gateways.instances()).toEqual([]);
    expect(s.gateways.delivered(id)).toBe(3);
    expect(await s.intervals(id)).toEqual([[0, 2 * SECOND]]);
    expect((await s.rows<{ used: number }>('quota_usage')).map(({ used }) => used)).toEqual([0, 0, 0]);
    expect(await s.rows('bucket_mounts')).toEqual([]);
    expect((await s.events(id)).at(-1)).toMatchObject({ type: 'deleted' });
    expect((await s.events(gatewayId ?? '')).at(-1)).toMatchObject({ type: 'deleted' });
  });

  it('takes what is wished last, however fast the wishes change', async () => {
    const s = await stage();
    const { id } = await s.create();
    await s.settle();
    for (const desired of ['stopped', 'running', 'stopped'] as const) {
      well(await s.app.setDesired(id, desired, s.member()));
      s.clock.advance(30);
      well(await s.app.reconciler.reconcileOnce(1));
    }
    await s.pass(5 * SECOND);
    expect(await s.fileSystem(id)).toMatchObject({ status: 'stopped', desired: 'stopped' });
    for (const desired of ['running', 'stopped', 'running'] as const) {
      well(await s.app.setDesired(id, desired, s.member()));
      s.clock.advance(30);
      well(await s.app.reconciler.reconcileOnce(1));
    }
    await s.pass(5 * SECOND);
    expect(await s.fileSystem(id)).toMatchObject({ status: 'running', desired: 'running', phase: 'healthy' });
    expect(s.gateways.write(id, 1)).toBe(true);
  });

  it('answers the wish it has with itself, and tells nobody', async () => {
    const s = await stage();
    const { id } = await s.create();
    await s.settle();
    const before = await s.events(id);
    expect(await s.app.setDesired(id, 'running', s.member())).toEqual(ok(await s.fileSystem(id).then(bare)));
    expect(await s.events(id)).toEqual(before);
    expect(await s.rows('audit_log')).toHaveLength(1);
  });

  it('keeps what cannot be brought to the bucket, and fails with the reason, until somebody decides', async () => {
    const s = await stage();
    const { id } = await s.create();
    await s.settle();
    s.gateways.write(id, 2);
    s.gateways.jam(id);
    well(await s.app.setDesired(id, 'stopped', s.member()));
    await s.pass(11 * MINUTE);
    const failed = await s.fileSystem(id);
    expect(failed).toMatchObject({ status: 'failed', phase: 'failed', desired: 'stopped' });
    expect(failed.reason).toMatch(/kept on the instance/);
    expect(s.gateways.instances()).toMatchObject([{ state: 'running' }]);
    s.gateways.unjam(id);
    expect((await s.app.setDesired(id, 'stopped', s.member())).isOk()).toBe(true);
    await s.pass(5 * SECOND);
    expect(await s.fileSystem(id)).toMatchObject({ status: 'stopped', reason: undefined });
    expect(s.gateways.delivered(id)).toBe(2);
  });

  it('tells that a flush is done when what was written before it is in the bucket', async () => {
    const s = await stage({ pace: { drainMs: 3 * SECOND, writeBackMs: MINUTE } });
    const { id } = await s.create();
    await s.settle();
    s.gateways.write(id, 4);
    well(await s.app.flushFileSystem(id, s.member()));
    await s.settle();
    expect(await s.fileSystem(id)).toMatchObject({ flushesAsked: 1, flushesDone: 0 });
    await s.pass(2 * SECOND);
    expect(s.gateways.delivered(id)).toBe(0);
    expect((await told(s, id)).at(-1)).toBe('running/healthy');
    await s.pass(3 * SECOND);
    expect(s.gateways.delivered(id)).toBe(4);
    expect(await s.fileSystem(id)).toMatchObject({ flushesAsked: 1, flushesDone: 1 });
    expect((await told(s, id)).at(-1)).toBe('flush 1');
  });

  it('reads ahead before it says that it is healthy, where it was asked to', async () => {
    const s = await stage();
    const { id } = await s.create({ preload: true });
    await s.settle();
    expect(await told(s, id)).toEqual([
      'pending/queued',
      'pending/exporting',
      'running/preloading',
      'running/healthy',
    ]);
  });

  it('is degraded while its export is not well, and says why', async () => {
    const s = await stage();
    const { id, gatewayId } = await s.create();
    await s.settle();
    s.gateways.sicken(id, 'the bucket does not answer');
    await s.pass(40 * SECOND);
    expect(await s.fileSystem(id)).toMatchObject({
      status: 'running',
      phase: 'degraded',
      reason: 'the bucket does not answer',
    });
    expect(await s.gateway(gatewayId)).toMatchObject({ status: 'running', phase: 'degraded' });
    s.gateways.heal(id);
    await s.pass(40 * SECOND);
    expect(await s.fileSystem(id)).toMatchObject({ status: 'running', phase: 'healthy', reason: undefined });
  });
});

const bare = ({
  secret: _,
  ...fileSystem
}: Awaited<ReturnType<Awaited<ReturnType<typeof stage>>['fileSystem']>> & { secret?: unknown }) => fileSystem;
