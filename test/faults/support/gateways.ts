import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import { findRclone, type Rclone } from '../../../src/adapters/rclone/detect.js';
import type { RcloneOptions } from '../../../src/adapters/rclone/options.js';
import { type RcloneProvider, rcloneProvider } from '../../../src/adapters/rclone/provider.js';
import { systemClock } from '../../../src/adapters/system/clock.js';
import { systemRandom } from '../../../src/adapters/system/random.js';
import { instant } from '../../../src/domain/shared/time.js';
import type { Export, InstanceSpec, Provider } from '../../../src/ports/fleet/providers.js';
import { type Keys, newBucket, onBlobs } from '../../contract/http/s3.rig.js';
import { clientOf, person } from '../../support/client.js';
import { STANDARD } from '../../support/fleet-providers.js';
import { childrenBelow } from './webdav.js';

export const GIB = 1024 ** 3;

/** The program, or undefined, said loudly, where there is none. */
export const rcloneHere = async (): Promise<Rclone | undefined> => {
  const found = await findRclone({
    path: process.env['RCLONE_PATH'],
    searchPath: process.env['PATH'] ?? '',
  });
  if ('path' in found) return found;
  const line = '!'.repeat(100);
  process.stderr.write(
    `${line}\n!! NO RCLONE: ${found.hint}.\n!! The local provider of gateways was NOT tested with it.\n${line}\n`,
  );
  return undefined;
};

/** In place of the program, where suites are left out. */
export const NO_RCLONE: Rclone = { path: '/nowhere/rclone', version: '0.0.0' };

/** In front of a store: what it takes can be held up, and what it is asked is told. */
const turnstile = async (to: URL) => {
  const jammed = new Set<string>();
  const refused = new Set<string>();
  const asked: string[] = [];
  const server = createServer((incoming, response) => {
    const { method = '', url = '', rawHeaders } = incoming;
    asked.push(`${method} ${url}`);
    const isWrite = ['PUT', 'POST'].includes(method);
    const place = `${incoming.headers.host?.split(':')[0]}${url}`;
    if (isWrite && [...refused].some((name) => place.includes(name))) {
      incoming.resume();
      response.writeHead(403).end('<Error><Code>AccessDenied</Code><Message>no</Message></Error>');
      return;
    }
    if (isWrite && [...jammed].some((bucket) => url.includes(bucket))) {
      incoming.resume();
      response.writeHead(503).end();
      return;
    }
    const outgoing = request({ host: to.hostname, port: to.port, method, path: url, headers: rawHeaders });
    outgoing.once('response', (reply) => {
      response.writeHead(reply.statusCode ?? 502, reply.rawHeaders);
      pipeline(reply, response, () => undefined);
    });
    pipeline(incoming, outgoing, (cause) => void (cause && response.destroy()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    jammed,
    /** Buckets, or paths below a host's name, to which writes are denied. */
    refused,
    asked,
    close: () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
};

/** Our own server with its /s3, seen through a turnstile. */
export const gatewayStore = async () => {
  const app = await onBlobs({ environment: { MAX_OBJECT_BYTES: String(GIB) } });
  // Signatures are made by the real time.
  app.clock.set(instant(Date.now()));
  const gate = await turnstile(new URL(app.url));
  const call = clientOf(app);
  const owner = await person(call);
  const endpoint = `http://127.0.0.1:${gate.port}/s3`;
  const clients: S3Client[] = [];
  const bucket = async () => {
    const keys = await newBucket(app, call, owner);
    const { accessKeyId, secretAccessKey, region } = keys;
    const credentials = { accessKeyId, secretAccessKey };
    const client = new S3Client({ endpoint: keys.endpoint, region, credentials, forcePathStyle: true });
    clients.push(client);
    const count = async (prefix = '') =>
      (await client.send(new ListObjectsV2Command({ Bucket: keys.bucket, Prefix: prefix }))).KeyCount ?? 0;
    return { keys, client, count };
  };
  return {
    endpoint,
    gate,
    bucket,
    close: async () => {
      for (const client of clients) client.destroy();
      await gate.close();
      await app.close();
    },
  };
};
export type GatewayStore = Awaited<ReturnType<typeof gatewayStore>>;
export type GatewayBucket = Awaited<ReturnType<GatewayStore['bucket']>>;

export const exportOf = (
  fileSystemId: string,
  { bucket, region, accessKeyId, secretAccessKey }: Keys,
  endpoint: string,
): Export => ({
  fileSystemId,
  address: { provider: 's3compat', region, endpoint, accessKeyId, secretAccessKey },
  bucket,
  prefix: '',
  username: fileSystemId,
  password: systemRandom.token(24),
});

export const DEPLOYMENT = 'deployment-of-the-tests';
export const HOST_ID = 'host-of-the-tests';

export const specOf = (over: Partial<InstanceSpec> = {}): InstanceSpec => ({
  gatewayId: 'a-gateway',
  region: 'local',
  type: STANDARD,
  deployment: DEPLOYMENT,
  ...over,
});

let stages = 0;

/** Providers over one state directory, as the processes of one host have them after each other or at once. */
export const gatewayHost = async (rclone: Rclone, over: Partial<RcloneOptions> = {}) => {
  const directory = await mkdtemp(join(tmpdir(), 'tollhouse-gateways-'));
  const first = 26_000 + ((Number(process.env['VITEST_POOL_ID'] ?? 0) % 3) * 13 + (stages % 13)) * 100;
  stages += 1;
  const said: string[] = [];
  const options: RcloneOptions = {
    rclone,
    stateDir: join(directory, 'gateways'),
    hostId: HOST_ID,
    deployment: DEPLOYMENT,
    host: '127.0.0.1',
    ports: { first, last: first + 99 },
    outboundAllow: [],
    ownEndpoints: () => [],
    clock: systemClock,
    random: systemRandom,
    log: (line) => void said.push(line),
    ...over,
  };
  const all: RcloneProvider[] = [];
  const open = (): RcloneProvider => {
    const provider = rcloneProvider(options);
    all.push(provider);
    return provider;
  };
  return {
    options,
    said,
    open,
    close: async () => {
      for (const provider of all) await provider.close();
      for (const pid of await childrenBelow(options.stateDir)) process.kill(pid, 'SIGKILL');
      await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
};
export type GatewayHost = Awaited<ReturnType<typeof gatewayHost>>;

export const TOKEN = 'a-token';

/** An instance of this provider with these exports, all of them up. */
export const serving = async (
  provider: Provider,
  exports: readonly Export[],
  token = TOKEN,
): Promise<string> => {
  const { ref } = (await provider.instances.ensure(specOf(), token))._unsafeUnwrap();
  const states = (await provider.control.exports(ref, exports))._unsafeUnwrap();
  expect(states.filter(({ healthy }) => !healthy)).toEqual([]);
  expect(states).toHaveLength(exports.length);
  return ref;
};

/** Waits until all that was written is in the bucket. */
export const flushed = async (provider: Provider, ref: string, fileSystemId: string): Promise<void> => {
  (await provider.control.flush(ref, fileSystemId))._unsafeUnwrap();
  const dirty = async () => (await provider.control.dirty(ref, fileSystemId))._unsafeUnwrap();
  await expect.poll(dirty, { timeout: 120_000, interval: 200 }).toBe(0);
};
