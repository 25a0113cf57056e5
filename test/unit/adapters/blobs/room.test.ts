import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ok } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { roomIn } from '../../../../src/adapters/blobs/room.js';
import { instant } from '../../../../src/domain/shared/time.js';

describe('room on the disk', () => {
  it('refuses what would leave less than the floor', async () => {
    const clock = { now: () => instant(0) };
    expect(await roomIn(tmpdir(), 0, clock)(1)).toEqual(ok(undefined));
    expect((await roomIn(tmpdir(), 0, clock)(1e18))._unsafeUnwrapErr()).toEqual({ kind: 'store_full' });
    expect((await roomIn(tmpdir(), 1e18, clock)(0))._unsafeUnwrapErr()).toEqual({ kind: 'store_full' });
  });

  it('asks the disk at most once a second', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tollhouse-room-'));
    let now = 5_000;
    const room = roomIn(directory, 0, { now: () => instant(now) });
    expect((await room(0)).isOk()).toBe(true);
    await rm(directory, { recursive: true });
    now += 999;
    expect((await room(0)).isOk()).toBe(true);
    now += 1;
    expect((await room(0))._unsafeUnwrapErr()).toMatchObject({ kind: 'unavailable', dependency: 'disk' });
  });
});
