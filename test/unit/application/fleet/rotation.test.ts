import { errAsync } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../../../src/domain/shared/time.js';
import { stage, well } from './rig.js';

const RESYNC = 31 * SECOND;

describe('a file system whose bucket gets other keys', () => {
  const running = async () => {
    const s = await stage();
    const { id, gatewayId } = await s.create();
    await s.settle();
    const keyOf = () => {
      const [address] = s.gateways.exportsOf(gatewayId ?? '').map((way) => way.address);
      return address && 'accessKeyId' in address ? address.accessKeyId : undefined;
    };
    return { s, id, gatewayId, keyOf };
  };

  it('is served with them within a resync, and what was written before reaches the bucket', async () => {
    const { s, id, keyOf } = await running();
    expect(s.gateways.write(id, 3)).toBe(true);
    s.rotate();
    const version = (await s.fileSystem(id)).version;
    await s.pass(RESYNC + 6 * SECOND);
    expect([keyOf(), s.gateways.delivered(id)]).toEqual(['key 1', 3]);
    expect((await s.fileSystem(id)).version).toBe(version);
  });

  it('is not touched while nothing changes', async () => {
    const { s } = await running();
    const before = s.gateways.calls.length;
    await s.pass(2 * MINUTE);
    expect(new Set(s.gateways.calls.slice(before))).toEqual(new Set(['observe', 'health']));
  });

  it('comes home with them while it is drained with the old ones', async () => {
    const { s, id, keyOf } = await running();
    s.gateways.write(id, 2);
    s.rotate();
    well(await s.app.setDesired(id, 'stopped', s.member()));
    await s.pass(10 * SECOND);
    expect(await s.fileSystem(id)).toMatchObject({ status: 'stopped', reason: undefined });
    expect([keyOf(), s.gateways.delivered(id)]).toEqual([undefined, 2]);
  });

  it('stays as it is while nobody can tell how it is reached', async () => {
    const { s, id, keyOf } = await running();
    s.rotate();
    const unknowing = s.process('ours', {
      sources: {
        access: () => errAsync({ kind: 'unavailable', dependency: 'test', cause: new Error('down') }),
      },
    });
    s.clock.advance(RESYNC);
    await s.settle(unknowing.reconciler);
    expect(keyOf()).toBe('key 0');
    expect(await s.fileSystem(id)).toMatchObject({ status: 'running', phase: 'healthy' });
    await s.pass(RESYNC);
    expect(keyOf()).toBe('key 1');
  });

  it('tells nobody its keys by what tells its ways apart', async () => {
    const { s, gatewayId } = await running();
    const [way] = s.gateways.exportsOf(gatewayId ?? '');
    expect(way?.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });
});
