import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockIn, sweepLocks } from '../../../../src/adapters/rclone/lock.js';

describe('the lock of an instance', () => {
  let directory: string;
  let nonces = 0;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'locks-'));
  });
  afterEach(() => rm(directory, { recursive: true }));
  const lock = () =>
    lockIn(directory, () => {
      nonces += 1;
      return `nonce${nonces}`;
    });

  it('lets one work at a time, and all in the end', async () => {
    let inside = 0;
    const most: number[] = [];
    const work = async () => {
      inside += 1;
      most.push(inside);
      await pause(5);
      inside -= 1;
      return 'done';
    };
    const take = lock();
    const done = await Promise.all(Array.from({ length: 8 }, () => take('a', 5_000, work)));
    expect([new Set(done), Math.max(...most)]).toEqual([new Set(['done']), 1]);
  });

  it('does not keep those apart who want different ones', async () => {
    const take = lock();
    const nested = await take('a', 100, () => take('b', 100, async () => 'both'));
    expect(nested).toBe('both');
  });

  it('is let go of when the work fails, and not had by whoever waits too short', async () => {
    const take = lock();
    await expect(take('a', 100, () => Promise.reject(new Error('it failed')))).rejects.toThrow('it failed');
    const late = await take('a', 100, () => take('a', 60, async () => 'in'));
    expect(late).toBeUndefined();
    expect(await take('a', 100, async () => 'in')).toBe('in');
    expect(await readdir(join(directory, 'claims'))).toEqual([]);
  });

  it('is taken from the dead', async () => {
    const dead = '4194999.1.nonce';
    await mkdir(join(directory, 'held/a'), { recursive: true });
    await writeFile(join(directory, 'held/a', dead), '');
    await mkdir(join(directory, 'claims', dead), { recursive: true });
    await sweepLocks(directory);
    expect(await lock()('a', 1_000, async () => 'in')).toBe('in');
    expect(await readdir(join(directory, 'claims'))).toEqual([]);
  });
});
