import { randomBytes } from 'node:crypto';
import { access, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { placeOf } from '../../src/adapters/embedded-postgres/place.js';
import { type OwnServer, startServer } from '../../src/composition/journey/server.js';
import { rcloneHere } from './support/gateways.js';
import {
  type Asked,
  figuresOf,
  journey,
  MAIN,
  openProxy,
  startJourney,
  type Trick,
} from './support/journey.js';

const MIB = 1024 * 1024;
const ODD = '100% +sure#1?&=;.txt';

/** Names that a careless client or server would bend, and sizes around nothing and several chunks. */
const files: Readonly<Record<string, Buffer>> = {
  [ODD]: Buffer.from('odd'),
  'a b/ünï/文件/back\\slash': Buffer.from('deep'),
  'a b/ünï/zero': Buffer.alloc(0),
  'e\u0301 and é/line\nbreak': Buffer.from('break'),
  '..x/...': Buffer.from('dots'),
  'big/5 MiB.bin': randomBytes(5 * MIB),
  ...Object.fromEntries(Array.from({ length: 120 }, (_, n) => [`many/${n}`, Buffer.from(`${n}`)])),
};
const names = Object.keys(files);
const bytes = Object.values(files).reduce((sum, content) => sum + content.length, 0);

let tree = '';
let outside = '';
const proxies: { readonly close: () => Promise<void> }[] = [];

beforeAll(async () => {
  tree = await mkdtemp(join(tmpdir(), 'journey-tree-'));
  outside = await mkdtemp(join(tmpdir(), 'journey-tmp-'));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(tree, name)), { recursive: true });
    await writeFile(join(tree, name), content);
  }
  await mkdir(join(tree, 'hollow'));
  await symlink('/etc', join(tree, 'link'));
  await writeFile(Buffer.concat([Buffer.from(`${tree}/bad`), Buffer.from([0xff])]), 'x');
});
afterEach(async () => {
  for (const proxy of proxies.splice(0)) await proxy.close();
});
afterAll(async () => {
  await rm(tree, { recursive: true, force: true });
  await rm(outside, { recursive: true, force: true });
});

describe('the journey on a server of its own', () => {
  it('brings every file back, tells of it, and leaves no trace', async () => {
    // Settings of the surroundings are not the journey's: with these its server would not start.
    const foreign = { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/x', NODE_ENV: 'production' };
    const ran = await journey([tree], { TMPDIR: outside, ...foreign });

    expect(ran.stdout).toContain(`OK: ${names.length} files, 5.24 MB, came back byte for byte.`);
    expect(ran.code).toBe(0);
    expect(figuresOf(ran, 'upload').slice(0, 2)).toEqual([names.length, bytes]);
    expect(figuresOf(ran, 'download').slice(0, 2)).toEqual([names.length, bytes]);
    expect(figuresOf(ran, 'list')[0]).toBe(names.length);
    const top = new Set(names.filter((name) => name.includes('/')).map((name) => name.split('/')[0]));
    expect(figuresOf(ran, 'zip')[0]).toBe(top.size);
    expect(ran.stdout).toMatch(/connect .*verified by 5 checks, over S3/);
    if (await rcloneHere()) {
      // All but the one whose name no gateway can show.
      for (const step of ['read files', 'write files', 'flushed'])
        expect([step, figuresOf(ran, step).slice(0, 2)]).toEqual([step, [names.length - 1, bytes - 5]]);
      expect(ran.stdout).toMatch(/filesystem .* instance-hour, each 36 usd .*: [1-9]\d* cents?$/m);
      expect(ran.stdout).toMatch(/^ {2}[1-9]\d* cents? in all, 5\.24 MB stored at the end$/m);
    } else expect(ran.stdout).toContain('left out: no file systems on this host');
    expect(ran.stdout).toContain(
      '  4 of 5 buckets: near_limit, by the plan\n  5 of 5 buckets: limit_reached, by the plan',
    );
    expect(ran.stdout).toContain('one more: 403 quota_exceeded: The project may have 5 of "buckets"');
    expect(ran.stdout).toContain(
      'after the upgrade 5 of 50 buckets: within_limit, by the plan; one more is there',
    );
    expect(ran.stdout).toMatch(/purchase .*Starter, changed to Team, cancelled and resumed$/m);
    expect(ran.stdout).toMatch(/^ {2}subscription_update +30\.00 usd +paid +\S+$/m);
    expect(ran.stdout).toMatch(/^ {2}subscription_create +19\.00 usd +paid +\S+$/m);
    expect(ran.stdout).toMatch(new RegExp(`delete folders +${top.size} `));
    // The root, seven folders with files or folders in them, and two pages more for the 120 files.
    expect(ran.stdout).toContain('10 pages of 8 folders');
    expect(ran.stdout).toContain('1 × symbolic link: link');
    expect(ran.stdout).toContain('1 × name is not UTF-8: bad\ufffd');
    expect(ran.stdout).toContain('1 × empty directory: hollow/');
    expect(ran.stderr).toMatch(/upload +100 %/);
    expect(await readdir(outside)).toEqual([]);
  });

  it('is over before it begins when there is no such directory', async () => {
    const ran = await journey([join(tree, 'missing')]);

    expect([ran.code, ran.stdout]).toEqual([2, '']);
    expect(ran.stderr).toContain('is not a directory');
    expect(ran.stderr).toContain('Usage:');
  });

  it('names what is wrong when no server answers', async () => {
    const ran = await journey([tree, '--url', 'http://127.0.0.1:1']);

    expect(ran.code).toBe(1);
    expect(ran.stdout).toMatch(/✗ reach the server: .*ECONNREFUSED/);
  });
});

describe('the journey on a server that is given', () => {
  let server: OwnServer;

  beforeAll(async () => {
    server = (await startServer(MAIN))._unsafeUnwrap();
  }, 120_000);
  afterAll(async () => {
    const { home } = await placeOf(server.dataDir);
    (await server.stop())._unsafeUnwrap();

    await expect(access(home)).rejects.toThrow('ENOENT');
    await expect(access(server.dataDir)).rejects.toThrow('ENOENT');
  });

  const behind = async (trick: (asked: Asked) => Trick | undefined) => {
    const proxy = await openProxy(server.origin, trick);
    proxies.push(proxy);
    return proxy;
  };

  /** Answers to deletions of what the journey made, objects aside. */
  const tidied = (passed: readonly string[]) =>
    passed
      .filter((line) => line.startsWith('DELETE') && !line.includes('/objects'))
      .map((line) => line.replace(/[0-9a-f-]{36}/, 'ID'));
  const ALL_TIDIED = [
    'DELETE /v1/connections/ID 204',
    'DELETE /v1/buckets/ID 204',
    'DELETE /v1/api-keys/ID 204',
    'DELETE /v1/projects/ID 204',
  ];

  const damaged = (body: Buffer): Buffer => {
    const copy = Buffer.from(body);
    copy[copy.length >> 1] = (copy[copy.length >> 1] ?? 0) ^ 1;
    return copy;
  };

  it('finds the one file in which a single bit was changed', async () => {
    const { url, passed } = await behind(({ path, about }) =>
      path.endsWith('/download') && about === 'big/5 MiB.bin' ? damaged : undefined,
    );
    const ran = await journey([tree, '--url', url]);

    expect(ran.code).toBe(1);
    expect(ran.stdout).toContain('✗ download: big/5 MiB.bin: other bytes came back');
    expect(ran.stdout).toContain('FAILED: 1 failure.');
    expect(figuresOf(ran, 'download')[0]).toBe(names.length - 1);
    expect(tidied(passed)).toEqual(ALL_TIDIED);
  });

  it('finds the archive in which a single bit was changed', async () => {
    const { url } = await behind(({ path, about }) =>
      path.endsWith('/download') && about === 'big' ? damaged : undefined,
    );
    const ran = await journey([tree, '--url', url]);

    expect(ran.code).toBe(1);
    expect(ran.stdout).toContain('✗ zip: big: it has other bytes of "5 MiB.bin"');
  });

  it('finds a file that ends early, and one that is missing in the listing', async () => {
    const without = (key: string) => (body: Buffer) => {
      const page = JSON.parse(body.toString()) as { items: { key: string }[] };
      const items = page.items.map((item) => (item.key === key ? { ...item, key: `${key}~` } : item));
      const text = JSON.stringify({ ...page, items });
      return Buffer.from(text.padEnd(body.length));
    };
    const { url, passed } = await behind(({ path, about }) => {
      if (path.endsWith('/download') && about === ODD) return (body) => body.subarray(1);
      return path.endsWith('/objects') && about === 'many/' ? without('many/7') : undefined;
    });
    const ran = await journey([tree, '--url', url]);

    expect(ran.code).toBe(1);
    expect(ran.stdout).toContain('✗ list: many/7: it is not listed');
    expect(ran.stdout).toContain(`✗ download: ${ODD}: `);
    expect(tidied(passed)).toEqual(ALL_TIDIED);
  });

  it('finds an object that was not deleted', async () => {
    const { url } = await behind(({ method, about }) =>
      method === 'DELETE' && about === ODD ? { answer: 204 } : undefined,
    );
    const ran = await journey([tree, '--url', url]);

    expect(ran.code).toBe(1);
    expect(ran.stdout).toContain(`✗ delete: ${ODD}: it is still listed`);
  });

  it('waits where the server asks it to', async () => {
    const { url } = await behind(({ before }) =>
      before % 3 === 0
        ? { answer: before % 2 === 0 ? 429 : 503, headers: { 'Retry-After': '0' } }
        : undefined,
    );
    const ran = await journey([join(tree, 'a b'), '--url', url]);

    expect(ran.stdout).toContain('OK: 2 files, 4 B, came back byte for byte.');
    expect(ran.code).toBe(0);
  });

  it('takes back what it made when it cannot go on', async () => {
    const { url, passed } = await behind(({ method, path }) =>
      method === 'POST' && path.endsWith('/buckets') ? { answer: 500 } : undefined,
    );
    const ran = await journey([tree, '--url', url]);

    expect(ran.code).toBe(1);
    expect(ran.stdout).toContain('✗ create the bucket: 500');
    expect(tidied(passed)).toEqual(ALL_TIDIED.slice(2));
  });

  it('takes back what it made when it is interrupted', async () => {
    const { url, passed } = await behind(({ method, about }) =>
      method === 'PUT' && about.startsWith('many/') ? 'silence' : undefined,
    );
    const { child, ended } = startJourney([tree, '--url', url]);
    await expect.poll(() => passed.some((line) => line.startsWith('PUT')), { timeout: 30_000 }).toBe(true);
    await pause(100);
    child.kill('SIGINT');
    const ran = await ended;

    expect(ran.code).toBe(1);
    expect(ran.stdout).toContain('✗ journey: interrupted');
    expect(tidied(passed)).toEqual(ALL_TIDIED.slice(1));
  });

  it('handles a directory without files', async () => {
    const ran = await journey([join(tree, 'hollow'), '--url', server.origin]);

    expect(ran.stdout).toContain('OK: 0 files, 0 B, came back byte for byte.');
    expect(ran.code).toBe(0);
  });
});
