import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collect } from '../../../../src/composition/journey/files.js';

const run = promisify(execFile);
let root = '';

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'journey-files-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const put = async (name: string, content = ''): Promise<void> => {
  await mkdir(join(root, name, '..'), { recursive: true });
  await writeFile(join(root, name), content);
};
const git = (...args: string[]) => run('git', args, { cwd: root });
const keysOf = async (directory?: string) =>
  (await collect(directory, root)).map(({ files }) => files.map(({ key }) => key))._unsafeUnwrap();

describe('the files of a directory', () => {
  it('are all regular files below it, whatever they are called, with their sizes', async () => {
    const names = [
      '100% +sure#1?&=.txt',
      'a b/ünï/文件 ..x',
      'back\\slash',
      'line\nbreak',
      '.hidden',
      'node_modules/x',
    ];
    for (const name of names) await put(name, name);
    await put('a b/zero');
    const { files, skipped, failures } = (await collect(root))._unsafeUnwrap();

    expect(new Map(files.map(({ key, size }) => [key, size]))).toEqual(
      new Map([...names.map((name) => [name, Buffer.byteLength(name)] as const), ['a b/zero', 0]]),
    );
    expect(files.every(({ key, path }) => path === join(root, key))).toBe(true);
    expect([skipped, failures]).toEqual([[], []]);
  });

  it('are without links, pipes, empty directories and names no object can have; each is named with the reason', async () => {
    await put('file', 'x');
    await symlink('file', join(root, 'link'));
    await symlink('/', join(root, 'folder-link'));
    await run('mkfifo', [join(root, 'pipe')]);
    await mkdir(join(root, 'hollow/inside'), { recursive: true });
    await writeFile(Buffer.concat([Buffer.from(`${root}/bad`), Buffer.from([0xff])]), 'x');
    const deep = Array.from({ length: 6 }, () => 'd'.repeat(200)).join('/');
    await put(`${deep}/f`);
    const { files, skipped } = (await collect(root))._unsafeUnwrap();

    expect(files.map(({ key }) => key)).toEqual(['file']);
    expect(new Map(skipped.map(({ name, why }) => [name, why]))).toEqual(
      new Map([
        ['link', 'symbolic link'],
        ['folder-link', 'symbolic link'],
        ['pipe', 'not a regular file'],
        ['hollow/inside/', 'empty directory'],
        ['bad\ufffd', 'name is not UTF-8'],
        [`${deep}/f`, 'the key must be at most 1024 bytes of UTF-8'],
      ]),
    );
  });

  it('are none in an empty directory', async () => {
    expect((await collect(root))._unsafeUnwrap()).toEqual({
      source: `all files below ${root}`,
      files: [],
      skipped: [],
      failures: [],
    });
  });

  it('cannot be those of a file, or of nothing', async () => {
    await put('file');

    expect((await collect(join(root, 'file')))._unsafeUnwrapErr().kind).toBe('usage');
    expect((await collect(join(root, 'missing')))._unsafeUnwrapErr().kind).toBe('usage');
  });
});

describe('the files of the repository', () => {
  it('are those that git tracks and that are there', async () => {
    for (const name of ['a', 'ünï/b\nc', 'gone', '.gitignore', 'untracked']) await put(name, 'x');
    await symlink('a', join(root, 'link'));
    await git('init', '--quiet');
    await git('add', 'a', 'ünï', 'gone', 'link', '.gitignore');
    await rm(join(root, 'gone'));
    const { source, files, skipped } = (await collect(undefined, root))._unsafeUnwrap();

    expect(source).toBe(`tracked files of ${root}`);
    expect(files.map(({ key }) => key)).toEqual(['.gitignore', 'a', 'ünï/b\nc']);
    expect(skipped).toEqual([
      { name: 'gone', why: 'not there' },
      { name: 'link', why: 'symbolic link' },
    ]);
  });

  it('come once each while a merge is open', async () => {
    await git('init', '--quiet');
    await put('both', 'x');
    const { stdout } = await git('hash-object', '-w', 'both');
    const stages = [1, 2, 3].map((stage) => `100644 ${stdout.trim()} ${stage}\tboth\n`).join('');
    const update = run('git', ['update-index', '--index-info'], { cwd: root });
    update.child.stdin?.end(stages);
    await update;

    expect((await git('ls-files')).stdout).toBe('both\nboth\nboth\n');
    expect(await keysOf()).toEqual(['both']);
  });

  it('are all of the package without what is installed, built or kept, where git tracks nothing', async () => {
    for (const name of ['a', 'src/b', 'node_modules/x', 'dist/x', '.git/x', '.tollhouse/x']) await put(name);

    expect(await keysOf()).toEqual(['a', 'src/b']);
  });
});
