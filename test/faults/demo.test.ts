import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { smtpSink } from '../support/smtp-sink.js';
import { cleanUp, dataDirectory, runScript, startProgram } from './support/server.js';

afterAll(cleanUp);

const signedIn = async (origin: string, password: string) => {
  const login = await fetch(`${origin}/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'demo@example.com', password }),
  });
  const { access_token: token } = (await login.json()) as { access_token?: string };
  return { status: login.status, cookie: `tollhouse_session=${token}` };
};

describe('the demo', () => {
  it('starts from nothing, shows its credentials once, and keeps them for its owner’s eyes', async () => {
    const TOLLHOUSE_DATA_DIR = await dataDirectory();
    const first = await startProgram({ TOLLHOUSE_DATA_DIR });
    expect(first.output()).toMatch(/^listening on http:\/\/127\.0\.0\.1:\d+$/m);
    const password = /password +(\S+)/.exec(first.output())?.[1] ?? '';
    const key = /API key +(th_\S+)/.exec(first.output())?.[1] ?? '';
    const commands = first
      .output()
      .split('\n')
      .filter((line) => line.startsWith('  curl '));
    expect(commands).toHaveLength(3);
    expect((await stat(join(TOLLHOUSE_DATA_DIR, 'demo-credentials.json'))).mode & 0o777).toBe(0o600);
    expect((await signedIn(first.origin, password)).status).toBe(200);
    for (const secret of [password, key]) expect(first.log()).not.toContain(secret);
    expect(await first.end()).toBe(0);

    const second = await startProgram({ TOLLHOUSE_DATA_DIR });
    for (const secret of [password, key]) expect(second.output()).not.toContain(secret);
    const saved = JSON.parse(await readFile(join(TOLLHOUSE_DATA_DIR, 'demo-credentials.json'), 'utf8'));
    const bucket = await fetch(`${second.origin}/v1/buckets/${saved.bucketId}`, {
      headers: { authorization: `Bearer ${key}` },
    });
    expect(await bucket.json()).toMatchObject({ name: 'demo-files', status: 'active' });
    const plans = (await (await fetch(`${second.origin}/v1/plans`)).json()) as object;
    expect(plans).toMatchObject({ items: [{ name: 'Starter' }, { name: 'Team' }] });
    expect(await second.end('SIGINT')).toBe(0);
  });

  it('answers to loopback names only', async () => {
    const program = await startProgram({ TOLLHOUSE_DATA_DIR: await dataDirectory() });
    const { port } = new URL(program.origin);
    const { request } = await import('node:http');
    const status = (host: string) =>
      new Promise((resolve) =>
        request({ port, host: '127.0.0.1', path: '/outbox', headers: { host } }, (response) => {
          response.resume();
          resolve(response.statusCode);
        }).end(),
      );
    expect(await status(`localhost:${port}`)).toBe(200);
    expect(await status(`evil.example:${port}`)).toBe(404);
    await program.end();
  });

  it('stops within its deadline while a mail server stalls over a letter', async () => {
    const sink = await smtpSink();
    sink.hold();
    const program = await startProgram({ TOLLHOUSE_DATA_DIR: await dataDirectory(), SMTP_URL: sink.url });
    for (let tries = 0; sink.held() === 0 && tries < 100; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 100));
    expect(sink.held()).toBe(1);
    const began = performance.now();
    expect(await program.end()).toBe(0);
    expect(performance.now() - began).toBeLessThan(20_000);
    await sink.close();
  });

  it('names what is wrong with its settings and does not start', async () => {
    const TOLLHOUSE_DATA_DIR = await dataDirectory();
    const wrong = await runScript('main', [], { TOLLHOUSE_DATA_DIR, PORT: 'eighty' });
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('PORT')]);
    const live = await runScript('main', [], { TOLLHOUSE_DATA_DIR, NODE_ENV: 'production' });
    expect(live.code).toBe(1);
    for (const name of ['DATABASE_URL', 'TOLLHOUSE_SECRET_KEY', 'BASE_URL', 'SMTP_URL'])
      expect(live.stderr).toContain(name);
    expect(live.stderr).not.toContain('    at ');
  });
});

describe('npm run admin', () => {
  it('makes platform admins and publishes file systems, beside a running server', async () => {
    const TOLLHOUSE_DATA_DIR = await dataDirectory();
    const program = await startProgram({ TOLLHOUSE_DATA_DIR });
    const admin = (...args: string[]) => runScript('admin', args, { TOLLHOUSE_DATA_DIR });
    const { cookie } = await signedIn(program.origin, /password +(\S+)/.exec(program.output())?.[1] ?? '');
    const look = async (path = ''): Promise<number> =>
      (await fetch(`${program.origin}/system/directory/workspaces${path}`, { headers: { cookie } })).status;
    expect((await admin('grant', 'Demo@example.com')).stdout).toContain('is now a platform admin');
    expect(await look()).toBe(200);
    expect((await admin('revoke', 'demo@example.com')).stdout).toContain('no longer');
    expect(await look()).toBe(404);
    expect((await admin('grant', 'demo@example.com', '--directory-only')).stdout).toContain(
      'may look at all workspaces now, and is no platform admin',
    );
    // What only those find who look after all workspaces, and a form that only admins may send.
    expect([await look(), await look('/1/subscription')]).toEqual([200, 403]);
    expect((await admin('revoke', 'demo@example.com')).stdout).toContain('no longer');
    expect(await look()).toBe(404);
    expect(await admin('grant', 'nobody@example.com')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('No user'),
    });
    expect(await admin('grant')).toMatchObject({ code: 2 });
    expect(await admin('dance')).toMatchObject({ code: 2, stderr: expect.stringContaining('Usage') });
    const entry = [
      '--name',
      'Example',
      '--description',
      'Data',
      '--server',
      'nfs.example.com',
      '--path',
      '/data',
    ];
    expect(await admin('publish-file-system', ...entry)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--region'),
    });
    expect((await admin('publish-file-system', ...entry, '--region', 'local')).code).toBe(0);
    const list = (await (await fetch(`${program.origin}/v1/public-file-systems`)).json()) as object;
    expect(list).toMatchObject({ items: [{ name: 'Example', nfs_port: 2049 }] });
    expect((await admin('rewrap-keys')).stdout).toContain('0 accounts');
    await program.end();
  });
});
