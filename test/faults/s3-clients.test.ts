import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cleanUp, dataDirectory, type Program, startProgram } from './support/server.js';

const MIB = 1024 * 1024;
/** More than either client sends in one piece. */
const LARGE = 'large/210 MiB.bin';
const FILES: Readonly<Record<string, Buffer>> = {
  'plain.txt': Buffer.from('plain'),
  'empty.bin': Buffer.alloc(0),
  'a b/ünï/100% +sure#1?&=;.txt': Buffer.from('odd'),
  'deep/er/and/deeper.txt': Buffer.from('deep'),
  [LARGE]: randomBytes(210 * MIB),
};

const versionOf = (client: string): string | undefined => {
  try {
    return execFileSync(client, ['--version'], { stdio: ['ignore', 'pipe', 'ignore'] }).toString();
  } catch {
    console.warn(`!!! no ${client} on this machine: /s3 is NOT tested with it`);
    return undefined;
  }
};
const has = { rclone: versionOf('rclone'), s3cmd: versionOf('s3cmd') };

describe('clients of S3 that others have written, against a real server', () => {
  let program: Program;
  let home: string;
  let bucket: string;
  let secret: string;

  beforeAll(async () => {
    const TOLLHOUSE_DATA_DIR = await dataDirectory();
    program = await startProgram({ TOLLHOUSE_DATA_DIR });
    const saved = JSON.parse(await readFile(join(TOLLHOUSE_DATA_DIR, 'demo-credentials.json'), 'utf8'));
    const answer = await fetch(`${program.origin}/v1/buckets/${saved.bucketId}`, {
      headers: { authorization: `Bearer ${saved.apiKey}` },
    });
    const told = (await answer.json()) as Readonly<Record<string, string>>;
    bucket = told['bucket_name'] ?? '';
    secret = told['secret_access_key'] ?? '';
    home = await mkdtemp(join(tmpdir(), 's3-clients-'));
    for (const [name, content] of Object.entries(FILES)) {
      await mkdir(dirname(join(home, 'up', name)), { recursive: true });
      await writeFile(join(home, 'up', name), content);
    }
    const { host } = new URL(program.origin);
    const rclone = ['[s3]', 'type = s3', 'provider = Other', `access_key_id = ${told['access_key_id']}`];
    rclone.push(`secret_access_key = ${secret}`, `endpoint = ${program.origin}/s3`);
    await writeFile(join(home, 'rclone.conf'), rclone.join('\n'));
    const s3cmd = ['[default]', `access_key = ${told['access_key_id']}`, `secret_key = ${secret}`];
    s3cmd.push(`host_base = ${host}/s3`, `host_bucket = ${host}/s3`, 'use_https = False');
    await writeFile(join(home, 's3cfg'), s3cmd.join('\n'));
  });
  afterAll(async () => {
    expect(program.log()).not.toContain(secret);
    expect(program.log()).not.toMatch(/"level":"(warn|error)"/);
    await rm(home, { recursive: true, force: true });
    await cleanUp();
  });

  const run = async (command: string, args: readonly string[]) => {
    // Its own idea of trusted certificates is not this test's, and plain HTTP needs none.
    const { AWS_CA_BUNDLE: _, ...env } = process.env;
    const { stdout } = await promisify(execFile)(command, args, { cwd: home, env, maxBuffer: 16 * MIB });
    return stdout;
  };
  const arrived = async (directory: string) => {
    for (const [name, content] of Object.entries(FILES))
      expect([name, content.equals(await readFile(join(home, directory, name)))]).toEqual([name, true]);
  };
  const lines = (text: string) =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .sort();

  it.skipIf(!has.rclone)('rclone copies up and down, syncs, lists, moves and deletes', async () => {
    const rclone = (...args: string[]) => run('rclone', ['--config', 'rclone.conf', ...args]);
    const there = `s3:${bucket}/by rclone`;
    const names = async () => lines(await rclone('lsf', '-R', '--files-only', there));
    await rclone('copy', 'up', there);
    expect(await names()).toEqual(Object.keys(FILES).sort());
    await rclone('copy', there, 'down-rclone');
    await arrived('down-rclone');
    await rclone('check', '--download', 'up', there);
    await rclone('moveto', `${there}/plain.txt`, `${there}/moved.txt`);
    expect(await names()).toContain('moved.txt');
    await rclone('sync', 'up', there);
    expect(await names()).toEqual(Object.keys(FILES).sort());
    expect(await rclone('cat', '--offset', '1', '--count', '3', `${there}/plain.txt`)).toBe('lai');
    await rclone('purge', there);
    expect(lines(await rclone('lsf', '-R', `s3:${bucket}`))).toEqual([]);
  });

  it.skipIf(!has.s3cmd)('s3cmd syncs up and down, lists, copies, tells and deletes', async () => {
    const s3cmd = (...args: string[]) => run('s3cmd', ['-c', 's3cfg', '--no-progress', ...args]);
    const there = `s3://${bucket}/by-s3cmd/`;
    const names = async () =>
      lines(await s3cmd('ls', '-r', there)).map((line) => line.slice(line.indexOf(there) + there.length));
    expect(await s3cmd('ls')).toContain(bucket);
    await s3cmd('sync', 'up/', there);
    expect((await names()).sort()).toEqual(Object.keys(FILES).sort());
    await s3cmd('sync', there, 'down-s3cmd/');
    await arrived('down-s3cmd');
    await s3cmd('cp', `${there}plain.txt`, `${there}copied.txt`);
    await s3cmd('get', `${there}copied.txt`, 'copied.txt');
    expect(await readFile(join(home, 'copied.txt'), 'utf8')).toBe('plain');
    await s3cmd('sync', '--delete-removed', 'up/', there);
    expect(await names()).not.toContain('copied.txt');
    expect(await s3cmd('info', `s3://${bucket}`)).toMatch(/Policy: +none/);
    expect(await s3cmd('multipart', `s3://${bucket}`)).not.toContain('by-s3cmd');
    await s3cmd('rm', '-r', there);
    expect(lines(await s3cmd('ls', '-r', `s3://${bucket}`))).toEqual([]);
  });

  it('answers nobody without a key', async () => {
    const answer = await fetch(`${program.origin}/s3/${bucket}?list-type=2`);
    expect([answer.status, await answer.text()]).toEqual([
      403,
      expect.stringContaining('<Code>AccessDenied</Code>'),
    ]);
  });
});
