import { createCipheriv, createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import { filesWithout } from '../../../src/adapters/rclone/grep.js';
import { clientOf, freshEmail, type Person, person } from '../../support/client.js';
import { listen } from '../../support/event-stream.js';
import { type Environment, liveEnvironment, type Program, startProgram } from './server.js';
import { childrenBelow, type Webdav, webdavOf } from './webdav.js';

/** The same bytes for the same name: what is read back can be told from anything else. */
export const bytesOf = (name: string, size: number): Buffer => {
  const key = createHash('md5').update(name).digest();
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size));
};
export const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A port that nobody listens on now: processes of one deployment have to agree on it before one of them listens. */
const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });

/** Test files run side by side, each in a worker of its own: two hosts would otherwise fight over one range. */
const gatewayPorts = (): string => {
  const first = 22_000 + (Number(process.env['VITEST_POOL_ID'] ?? 0) % 3) * 600;
  return `${first}-${first + 599}`;
};

/** Processes over one database and one data directory, which may be killed and started again at any time. */
export const deployment = async (databaseUrl: string, over: Environment = {}) => {
  const port = await freePort();
  const environment = await liveEnvironment(databaseUrl, {
    BASE_URL: `http://127.0.0.1:${port}`,
    PORT: String(port),
    REQUESTS_PER_MINUTE: '10000000',
    LOCAL_GATEWAY_PORTS: gatewayPorts(),
    LOG_LEVEL: 'warn',
    ...over,
  });
  const dataDir = environment.TOLLHOUSE_DATA_DIR;
  const children = () => childrenBelow(join(dataDir, 'gateways'));
  return {
    dataDir,
    url: `http://127.0.0.1:${port}`,
    /** Processes that serve file systems; they outlive whoever started them. */
    children,
    /** What its gateways said last, and which files they do not know to be home: for whoever reads of a failure. */
    lastWords: async (): Promise<string> => {
      const below = join(dataDir, 'gateways');
      const logs = (await readdir(below, { recursive: true })).filter((path) => path.endsWith('/log'));
      const said = await Promise.all(
        logs.map(async (path) => `${path}:\n${(await readFile(join(below, path), 'utf8')).slice(-2_000)}`),
      );
      const dirty = (await filesWithout('"Dirty": false', below)).filter((path) =>
        path.includes('/vfsMeta/'),
      );
      return [...said, `dirty: ${dirty.length}`, ...dirty.slice(0, 20)].join('\n');
    },
    start: (ROLE: 'api' | 'worker' | 'all'): Promise<Program> => startProgram({ ...environment, ROLE }),
    /** Ends what is left of its gateways, each by its own pid. */
    sweep: async (): Promise<void> => {
      for (const pid of await children())
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // it ended by itself meanwhile
        }
    },
  };
};
export type Deployment = Awaited<ReturnType<typeof deployment>>;

/** What an API shows of a file system. */
export type Shown = {
  readonly id: string;
  readonly status: string;
  readonly phase: string;
  readonly reason?: string;
  readonly gateway_id?: string;
  readonly export?: {
    readonly webdav: { readonly url: string; readonly username: string; readonly password: string };
  };
};

const PATIENCE_MS = 90_000;

/** One owner of one project, and what is done with its file systems over the API. */
export const fleetSite = async ({ url }: Pick<Deployment, 'url'>) => {
  const call = clientOf({ url });
  const { token }: Person = await person(call, `fleet-${Date.now()}-${freshEmail()}`);
  const made = async (at: string, json: unknown): Promise<string> => {
    const answer = await call(`POST ${at}`, { token, json });
    expect([answer.status, answer.text]).toEqual([201, answer.text]);
    return answer.body.id;
  };
  const project = await made('/v1/projects', { name: 'Project' });
  const shown = async (id: string): Promise<Shown | undefined> => {
    const { status, body } = await call(`GET /v1/file-systems/${id}`, { token });
    return status === 200 ? body : undefined;
  };
  /** Waits until it shows this; a server that is away is waited for as well. */
  const until = async (id: string, what: Partial<Shown>): Promise<Shown> => {
    await expect
      .poll(() => shown(id).catch(() => undefined), { timeout: PATIENCE_MS, interval: 150 })
      .toMatchObject(what);
    const found = await shown(id);
    if (!found) throw new Error(`the file system ${id} is gone`);
    return found;
  };
  const download = async (bucket: string, key: string): Promise<Buffer> => {
    const at = `${url}/v1/buckets/${bucket}/objects/download?key=${encodeURIComponent(key)}`;
    const answer = await fetch(at, { headers: { authorization: `Bearer ${token}` } });
    expect([key, answer.status]).toEqual([key, 200]);
    return Buffer.from(await answer.arrayBuffer());
  };
  const keys = async (bucket: string, prefix = ''): Promise<readonly string[]> => {
    const found: string[] = [];
    for (let next: string | undefined = ''; next !== undefined; ) {
      const query = new URLSearchParams({
        prefix,
        max_keys: '1000',
        ...(next && { continuation_token: next }),
      });
      const { status, body } = await call(`GET /v1/buckets/${bucket}/objects?${query}`, { token });
      expect(status).toBe(200);
      for (const { key, type } of body.items as { key: string; type: string }[])
        found.push(...(type === 'folder' ? await keys(bucket, key) : [key]));
      next = body.next_continuation_token;
    }
    return found.sort();
  };
  return {
    call,
    token,
    project,
    shown,
    until,
    download,
    keys,
    bucket: (name: string) => made(`/v1/projects/${project}/buckets`, { name, region: 'local' }),
    upload: async (bucket: string, key: string, bytes: Uint8Array): Promise<void> => {
      const at = `PUT /v1/buckets/${bucket}/objects?key=${encodeURIComponent(key)}`;
      expect([key, (await call(at, { token, bytes })).status]).toEqual([key, 204]);
    },
    fileSystem: (bucket: string, over: object = {}) =>
      made(`/v1/projects/${project}/file-systems`, { bucket_id: bucket, region: 'local', ...over }),
    wish: async (id: string, desired_status: 'running' | 'stopped'): Promise<void> => {
      const answer = await call(`PATCH /v1/file-systems/${id}`, { token, json: { desired_status } });
      expect([answer.status, answer.text]).toEqual([200, answer.text]);
    },
    remove: async (id: string): Promise<void> => {
      expect((await call(`DELETE /v1/file-systems/${id}`, { token })).status).toBe(204);
      await expect.poll(() => shown(id), { timeout: PATIENCE_MS, interval: 150 }).toBeUndefined();
    },
    /** Asks for a flush and waits for the event that tells of it, over as many streams as it takes. */
    flush: async (id: string): Promise<void> => {
      const path = `/v1/file-systems/${id}/events`;
      let stream = await listen({ url }, path, { token });
      expect((await call(`POST /v1/file-systems/${id}:flush`, { token })).status).toBe(202);
      let last: string | undefined;
      for (const deadline = Date.now() + PATIENCE_MS; ; await pause(50)) {
        const heard = stream.heard();
        last = heard.at(-1)?.id ?? last;
        if (heard.some(({ event }) => event === 'flush')) break;
        if (Date.now() > deadline) throw new Error(`no flush; heard ${JSON.stringify(heard)}`);
        const isOver = await Promise.race([stream.ended.then(() => true), pause(1, false)]);
        if (!isOver) continue;
        const again = await listen({ url }, path, { token, ...(last && { lastEventId: last }) }).catch(
          () => undefined,
        );
        stream = again ?? stream;
      }
      await stream.leave();
    },
  };
};
export type FleetSite = Awaited<ReturnType<typeof fleetSite>>;

/** A WebDAV client of a file system that runs. */
export const webdavOn = ({ export: served }: Shown): Webdav => {
  if (!served) throw new Error('it is not served');
  return webdavOf(served, served.webdav);
};
