import { err, ok } from 'neverthrow';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../../../../src/adapters/memory/fleet/provider-faults.js';
import { MINUTE, SECOND } from '../../../../src/domain/shared/time.js';
import { BUCKET, type Stage, stage, well } from './rig.js';

/** A file system whose bytes its bucket never takes, and which is to be deleted. */
const stuck = async (s: Stage) => {
  const made = await s.create();
  await s.settle();
  s.gateways.write(made.id, 2);
  s.gateways.jam(made.id);
  well(await s.app.deleteFileSystem(made.id, s.member()));
  return made;
};

/** Nothing is left of it anywhere. */
const isGone = async (s: Stage, id: string, gatewayId: string | undefined) => {
  expect(await s.app.getFileSystem(id, s.member())).toEqual(err({ kind: 'not_found' }));
  expect(await s.gateway(gatewayId)).toMatchObject({ phase: 'deleted' });
  expect(s.gateways.instances()).toEqual([]);
  for (const feature of ['file_systems', 'gateways', 'running_file_systems'] as const)
    expect([feature, await s.used(feature)]).toEqual([feature, 0]);
  expect(await s.rows('bucket_mounts')).toEqual([]);
  expect((await s.events(id)).at(-1)).toMatchObject({ type: 'deleted' });
};

describe('a file system whose bytes are given up', () => {
  let s: Stage;
  beforeEach(async () => {
    s = await stage();
  });
  const discard = (id: string) => s.app.discardFileSystem(id, s.member());

  it('goes though its bucket takes nothing, however often deleting it has failed', async () => {
    const { id, gatewayId } = await stuck(s);
    await s.pass(11 * MINUTE);
    expect(await s.fileSystem(id)).toMatchObject({ status: 'failed' });
    well(await s.app.deleteFileSystem(id, s.member()));
    await s.pass(11 * MINUTE);
    expect(await s.fileSystem(id)).toMatchObject({ status: 'failed' });
    expect(await discard(id)).toEqual(ok(undefined));
    expect(await s.fileSystem(id)).toMatchObject({ status: 'terminating', phase: 'discarding' });
    await s.settle();
    await isGone(s, id, gatewayId);
    expect(s.gateways.delivered(id)).toBe(0);
    s.gateways.unjam(id);
    expect(
      (
        await s.app.createFileSystem({ bucketId: BUCKET, region: 'local', preload: false }, s.member())
      ).isOk(),
    ).toBe(true);
  });

  it('goes at once where deleting it still waits for the bytes; its hours end there', async () => {
    const { id, gatewayId } = await stuck(s);
    await s.pass(5 * SECOND);
    expect(await s.fileSystem(id)).toMatchObject({ status: 'terminating', phase: 'draining' });
    for (let i = 0; i < 2; i += 1) expect(await discard(id)).toEqual(ok(undefined));
    await s.settle();
    await isGone(s, id, gatewayId);
    expect(await s.intervals(id)).toEqual([[0, 5 * SECOND]]);
    expect(await discard(id)).toEqual(err({ kind: 'not_found' }));
  });

  it('is on record once, with who asked for it', async () => {
    const { id } = await stuck(s);
    for (let i = 0; i < 2; i += 1) well(await discard(id));
    const audit = await s.rows<{ action: string; target: string; actor: unknown }>('audit_log');
    expect(audit.filter(({ target }) => target === id).map(({ action }) => action)).toEqual([
      'file_system.create',
      'file_system.delete',
      'file_system.discard',
    ]);
  });

  it('goes while it runs and is written to, with the flush that was owed, and spares those beside it', async () => {
    const to = { provider: 'local', region: 'local', type: 'local.standard' } as const;
    const gateway = (await s.app.createGateway(to, s.member()))._unsafeUnwrap().id;
    const ids: string[] = [];
    for (let i = 0; i < 2; i += 1) {
      const { id } = await s.create();
      await s.settle();
      well(await s.app.setDesired(id, 'stopped', s.member()));
      await s.pass(3 * SECOND);
      well(await s.app.attachFileSystem(gateway, id, s.member()));
      await s.pass(3 * SECOND);
      ids.push(id);
    }
    const [one = '', other = ''] = ids;
    for (const id of ids) s.gateways.write(id, 3);
    s.gateways.jam(one);
    well(await s.app.flushFileSystem(one, s.member()));
    well(await discard(one));
    await s.settle();
    expect(await s.fileSystem(one)).toMatchObject({ phase: 'deleted', flushesAsked: 0, flushesDone: 0 });
    expect(s.gateways.exportsOf(gateway).map(({ fileSystemId }) => fileSystemId)).toEqual([other]);
    expect(await s.fileSystem(other)).toMatchObject({ status: 'running', phase: 'healthy' });
    await s.pass(6 * SECOND);
    expect([s.gateways.delivered(one), s.gateways.delivered(other)]).toEqual([0, 3]);
    expect(await s.used('file_systems')).toBe(1);
  });

  it.each(['stopped', 'failed', 'gone'] as const)('goes where its instance has %s', async (how) => {
    const { id, gatewayId } = await stuck(s);
    await s.pass(2 * SECOND);
    s.gateways.refuse('there is no room');
    for (const { ref } of s.gateways.instances()) s.gateways.kill(ref, how);
    well(await discard(id));
    await s.settle();
    await isGone(s, id, gatewayId);
  });

  it.each<Fault>(['delay', 'error_before', 'error_after', 'lost_reply'])(
    'goes once, and all of it, when giving up ends in %s',
    async (fault) => {
      let left = 2;
      s = await stage({
        faultOf: (call) => {
          if (call !== 'discard' || left === 0) return 'none';
          left -= 1;
          return fault;
        },
      });
      const { id, gatewayId } = await stuck(s);
      await s.pass(2 * SECOND);
      well(await discard(id));
      await s.pass(30 * SECOND);
      await isGone(s, id, gatewayId);
      expect((await s.events(id)).filter(({ type }) => type === 'deleted')).toHaveLength(1);
    },
  );

  it('goes at once where no gateway holds it', async () => {
    const { id, gatewayId } = await s.create();
    await s.settle();
    well(await s.app.detachFileSystem(gatewayId ?? '', id, s.member()));
    await s.pass(3 * SECOND);
    expect(await discard(id)).toEqual(ok(undefined));
    await isGone(s, id, gatewayId);
  });
});
