import { describe, expect, it } from 'vitest';
import { type Stage, stage, well } from './rig.js';

const onlyInstance = (s: Stage) => {
  const [one, ...others] = s.gateways.instances();
  expect(others).toEqual([]);
  return one;
};
const woken = async (s: Stage) =>
  well(await s.app.collectGarbage()).map((pass) => 'woken' in pass && pass.woken);

describe('the collection of garbage', () => {
  it('makes a gateway due at once whose instance is gone, so that nobody waits for the resync', async () => {
    const s = await stage();
    const { id } = await s.create();
    await s.settle();
    const lost = onlyInstance(s);
    s.gateways.kill(lost?.ref ?? '', 'gone');
    await s.settle();
    expect(s.gateways.instances()).toEqual([]);
    expect(await woken(s)).toEqual([1]);
    await s.settle();
    expect(onlyInstance(s)).toMatchObject({ state: 'running' });
    expect(onlyInstance(s)?.token).not.toBe(lost?.token);
    expect(await s.fileSystem(id)).toMatchObject({ status: 'running', phase: 'healthy' });
  });

  it('makes a gateway due at once that has an instance to adopt, however long it was to wait', async () => {
    let broken = true;
    const s = await stage({ faultOf: (call) => (broken && call === 'ensure' ? 'error_after' : 'none') });
    const { id } = await s.create();
    await s.settle();
    broken = false;
    await s.settle();
    expect(await s.fileSystem(id)).toMatchObject({ status: 'pending' });
    const made = onlyInstance(s);
    expect(await woken(s)).toEqual([1]);
    await s.settle();
    expect(await s.fileSystem(id)).toMatchObject({ status: 'running', phase: 'healthy' });
    expect(onlyInstance(s)?.token).toBe(made?.token);
  });

  it('leaves gateways in peace that are as their instances are, stopped ones too', async () => {
    const s = await stage();
    const [, { id }] = [await s.create(), await s.create()];
    await s.settle();
    well(await s.app.setDesired(id, 'stopped', s.member()));
    await s.pass(5_000);
    expect(await s.fileSystem(id)).toMatchObject({ status: 'stopped' });
    const before = s.gateways.calls.length;
    expect(await woken(s)).toEqual([0]);
    await s.settle();
    expect(s.gateways.calls.slice(before)).toEqual(['list']);
  });
});
