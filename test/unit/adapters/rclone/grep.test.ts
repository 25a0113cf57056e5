import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { filesWithout, isGrepHere } from '../../../../src/adapters/rclone/grep.js';

describe('files that do not hold a text', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'grep-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('are named whatever their names are, at any depth, and none is where nothing is', async () => {
    const deep = join(directory, 'a directory\nof two lines', '-r');
    await mkdir(deep, { recursive: true });
    const odd = join(deep, 'ü "quoted"\n');
    await writeFile(odd, 'nothing of the kind');
    await writeFile(join(directory, 'empty'), '');
    await writeFile(join(deep, 'holding'), 'here is the .* text\n');
    expect([...(await filesWithout('the .* text', directory))].sort()).toEqual(
      [odd, join(directory, 'empty')].sort(),
    );
    expect(await filesWithout('the .* text', join(directory, 'absent'))).toEqual([]);
  });

  it('are not told where one of them cannot be read', async () => {
    await symlink(join(directory, 'loop'), join(directory, 'loop'));
    await expect(filesWithout('text', join(directory, 'loop'))).rejects.toThrow('loop');
  });

  it('can be had on this machine', async () => {
    expect(await isGrepHere()).toBe(true);
  });
});
