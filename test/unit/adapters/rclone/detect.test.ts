import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findRclone } from '../../../../src/adapters/rclone/detect.js';

describe('looking for rclone', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'detect-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  const program = async (name: string, says: string): Promise<string> => {
    const folder = join(directory, name);
    await mkdir(folder);
    const path = join(folder, 'rclone');
    await writeFile(path, `#!/bin/sh\n${says}\n`);
    await chmod(path, 0o755);
    return path;
  };
  const platform = 'linux';

  it('takes the first of the path that works, and tells its version', async () => {
    const path = await program('good', 'echo "rclone v1.60.1-DEV"; echo "- os/type: linux"');
    const searchPath = `relative:${join(directory, 'nothing')}:${join(directory, 'good')}:/nowhere`;
    expect(await findRclone({ searchPath, platform })).toEqual({ path, version: '1.60.1' });
    expect(await findRclone({ path, platform })).toEqual({ path, version: '1.60.1' });
  });

  it('asks it with nothing of our environment', async () => {
    process.env['RCLONE_SHOWN'] = 'yes';
    const path = await program('bare', 'echo "rclone v1.6$' + '{RCLONE_SHOWN:+9}0.2"');
    expect(await findRclone({ path, platform })).toEqual({ path, version: '1.60.2' });
    delete process.env['RCLONE_SHOWN'];
  });

  it('names the package where there is none', async () => {
    const package_ = 'rclone 1.60 or newer (Debian package "rclone")';
    expect(await findRclone({ searchPath: join(directory, 'nothing'), platform })).toEqual({
      hint: `install ${package_}`,
    });
    expect(await findRclone({ path: '/nowhere/rclone', platform })).toEqual({
      hint: `there is no program at /nowhere/rclone: install ${package_}`,
    });
  });

  it('says why one that is there is of no use', async () => {
    const old = await program('old', 'echo "rclone v1.59.2"');
    expect(await findRclone({ path: old, platform })).toEqual({
      hint: expect.stringContaining('is version 1.59.2: install'),
    });
    const broken = await program('broken', 'exit 1');
    expect(await findRclone({ path: broken, platform })).toEqual({
      hint: expect.stringContaining('does not tell its version'),
    });
    expect(await findRclone({ path: old, platform: 'darwin' })).toEqual({
      hint: expect.stringContaining('runs on Linux only'),
    });
  });
});
