import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dirtyOnDisk, dropUnfinished } from '../../../../src/adapters/rclone/cache-files.js';

describe('the cache of a gateway that does not run', () => {
  let cache: string;
  beforeEach(async () => {
    cache = await mkdtemp(join(tmpdir(), 'cache-'));
  });
  afterEach(() => rm(cache, { recursive: true }));

  const put = async (path: string, content: string) => {
    await mkdir(dirname(join(cache, path)), { recursive: true });
    await writeFile(join(cache, path), content);
  };
  const file = async (name: string, meta: object | string, data?: string) => {
    const text = typeof meta === 'string' ? meta : JSON.stringify(meta, undefined, '\t');
    await put(`vfsMeta/store/bucket/${name}`, text);
    if (data !== undefined) await put(`vfs/store/bucket/${name}`, data);
  };
  const left = async () => (await readdir(join(cache, 'vfs'), { recursive: true })).sort();

  it('holds nothing when there is none', async () => {
    expect(await dirtyOnDisk(cache)).toBe(0);
    await dropUnfinished(cache);
  });

  it('holds what was written to its end and is not in the bucket', async () => {
    await file('sent', { Dirty: false, Size: 4 }, 'data');
    await file('deep/er/waiting', { Dirty: true, Size: 4 }, 'data');
    await file('empty', { Dirty: true, Size: 0 }, '');
    expect(await dirtyOnDisk(cache)).toBe(2);
    const before = await left();
    await dropUnfinished(cache);
    expect(await left()).toEqual(before);
  });

  it('forgets what was cut off while it was written, and only that', async () => {
    await file('cut', { Dirty: true, Size: 0 }, 'some of it');
    await file('gone', { Dirty: true, Size: 4 });
    await file('kept', { Dirty: true, Size: 4 }, 'data');
    expect(await dirtyOnDisk(cache)).toBe(1);
    await dropUnfinished(cache);
    expect(await left()).toEqual(['store', 'store/bucket', 'store/bucket/kept']);
  });

  it('takes what nobody can tell for something that is not home', async () => {
    await file('torn', '{"Dirty": tr', 'data');
    expect(await dirtyOnDisk(cache)).toBe(1);
    await dropUnfinished(cache);
    expect(await dirtyOnDisk(cache)).toBe(1);
  });
});
