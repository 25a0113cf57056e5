import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findNfs, type NfsWhere } from '../../../../src/adapters/rclone/nfs-detect.js';

describe('what NFS takes on this host', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nfs-detect-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const program = (name: string, script = 'exit 0') =>
    writeFile(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const exporter = async () => {
    await mkdir(join(folder, 'lib', 'some-machine', 'ganesha'), { recursive: true });
    await writeFile(join(folder, 'lib', 'some-machine', 'ganesha', 'libfsalvfs.so'), '');
  };
  /** A host that has all of it. */
  const complete = async (): Promise<NfsWhere> => {
    for (const name of ['ganesha.nfsd', 'fusermount3', 'unshare', 'nsenter']) await program(name);
    await exporter();
    await writeFile(join(folder, 'fuse'), '');
    return { searchPath: folder, user: 0, fuse: join(folder, 'fuse'), libraries: [join(folder, 'lib')] };
  };

  it('is found by its programs', async () => {
    const where = await complete();
    const means = {
      ganesha: join(folder, 'ganesha.nfsd'),
      unshare: join(folder, 'unshare'),
      nsenter: join(folder, 'nsenter'),
      fuseTools: folder,
    };
    expect(await findNfs(where)).toEqual(means);
    expect(await findNfs({ ...where, libraries: [join(folder, 'lib', 'some-machine')] })).toEqual(means);
    expect(await findNfs({ ...where, searchPath: `relative:/nowhere:${folder}` })).toEqual(means);
  });

  it('is named in full where all of it is missing', async () => {
    const where = { searchPath: '/nowhere', user: 1000, fuse: '/nowhere/fuse', libraries: ['/nowhere'] };
    expect(await findNfs(where)).toEqual({
      missing: [
        'to run as root',
        'the device /nowhere/fuse',
        'the package nfs-ganesha',
        'the package fuse3',
        'the package util-linux',
        'the package nfs-ganesha-vfs',
      ],
    });
  });

  it('is named one by one where one is missing', async () => {
    const where = await complete();
    const missing = async (over: NfsWhere) => findNfs({ ...where, ...over });
    expect(await missing({ user: 1000 })).toEqual({ missing: ['to run as root'] });
    expect(await missing({ user: undefined })).toEqual({ missing: ['to run as root'] });
    expect(await missing({ fuse: '/nowhere/fuse' })).toEqual({ missing: ['the device /nowhere/fuse'] });
    expect(await missing({ libraries: [folder] })).toEqual({ missing: ['the package nfs-ganesha-vfs'] });
    const packages = { 'ganesha.nfsd': 'nfs-ganesha', fusermount3: 'fuse3', unshare: 'util-linux' };
    for (const [name, owner] of Object.entries(packages)) {
      await rm(join(folder, name));
      expect(await findNfs(where)).toEqual({ missing: [`the package ${owner}`] });
      await program(name);
    }
  });

  it('is missing where mounts of its own are not allowed', async () => {
    const where = await complete();
    await program('unshare', 'exit 1');
    expect(await findNfs(where)).toEqual({ missing: ['leave to mount (the capability CAP_SYS_ADMIN)'] });
  });
});
