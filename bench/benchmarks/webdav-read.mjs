import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pairs, summary, syncDisk } from '../harness/pairs.mjs';
import { gatewayProcess, hasRclone, serveByHand } from '../harness/rclone.mjs';
import { startTollhouse } from '../harness/tollhouse.mjs';
import { download, generatedCrc32, upload } from '../harness/transfer.mjs';

const MIB = 1024 ** 2;
const SIZE = 256 * MIB;
const GOAL = 0.8;
const LATEST_MS = 60_000;
const units = { unit: 'MiB/s', processorUnit: 'ms/MiB', processorScale: 1e3 };

const api =
  ({ port, token }) =>
  async (method, path, body) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, ...(body && { 'Content-Type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };

/** A file system that serves the bucket, and how to read from it. */
const fileSystem = async (call, { project, bucket }) => {
  const asked = { bucket_id: bucket.id, region: 'local', preload: false };
  const { id } = await call('POST', `/v1/projects/${project.id}/file-systems`, asked);
  for (const latest = Date.now() + LATEST_MS; ; await pause(100)) {
    const { status, reason, export: served } = await call('GET', `/v1/file-systems/${id}`);
    if (status === 'running' && served?.webdav) return { id, ...served.webdav };
    if (Date.now() > latest) throw new Error(`the file system is ${status}: ${reason}`);
  }
};

/** What a gateway left running would outlive the run. */
const removed = async (call, id) => {
  await call('DELETE', `/v1/file-systems/${id}`);
  const isThere = () =>
    call('GET', `/v1/file-systems/${id}`).then(
      () => true,
      () => false,
    );
  for (const latest = Date.now() + LATEST_MS; await isThere(); await pause(200))
    if (Date.now() > latest) throw new Error('the file system is still there');
};

const reading = ({ pid, port, username, password }, fileOf) => {
  const login = Buffer.from(`${username}:${password}`).toString('base64');
  const headers = { Authorization: `Basic ${login}` };
  const read = (round, check) =>
    download({ port, path: `/${fileOf(round)}`, headers, size: SIZE, ...(check && { check }) });
  return {
    server: { pid },
    measure: async (round) => {
      const seconds = await read(round, round === 0 ? generatedCrc32(SIZE) : undefined);
      return { work: SIZE / MIB, seconds };
    },
  };
};

const measured = async (kit, name, sides, fileOf) => {
  const ours = reading(sides.ours, fileOf);
  const baseline = reading(sides.baseline, fileOf);
  const result = await pairs({
    count: kit.count,
    ours,
    baseline,
    between: syncDisk,
    onPair: kit.note(name),
  });
  return { name, goal: GOAL, ...units, pairs: result, ...summary(result) };
};

const compared = async (kit, server, call) => {
  const headers = { Authorization: `Bearer ${server.token}` };
  for (let n = 0; n <= kit.count; n += 1) {
    const path = `/v1/buckets/${server.bucket.id}/objects?key=file-${n}`;
    await upload({ port: server.port, path, headers, size: SIZE });
  }
  const served = await fileSystem(call, server);
  try {
    const dir = join(kit.dir, 'by-hand');
    await mkdir(dir);
    const { username, password } = served;
    const endpoint = `http://127.0.0.1:${server.port}/s3`;
    const pid = gatewayProcess(join(kit.dir, 'data', 'gateways'));
    const { bucket } = server;
    const byHand = await serveByHand({ dir, endpoint, bucket, username, password, like: pid });
    try {
      const ours = { pid, port: Number(new URL(served.url).port), username, password };
      const sides = { ours, baseline: { ...byHand, username, password } };
      return [
        await measured(kit, 'WebDAV: first read of 256 MiB', sides, (round) => `file-${round}`),
        await measured(kit, 'WebDAV: read of 256 MiB again', sides, () => 'file-0'),
      ];
    } finally {
      await byHand.stop();
    }
  } finally {
    await removed(call, served.id);
  }
};

/** A file read through a gateway on this host against rclone started by hand on the same bucket of ours. */
export const webdavRead = {
  name: 'webdav-read',
  measure: async (kit) => {
    if (!hasRclone()) {
      process.stderr.write('webdav-read: left out, there is no rclone\n');
      return [];
    }
    const { dist, dir, databaseUrl, profileDir } = kit;
    const server = await startTollhouse({ dist, dir, databaseUrl, profileDir });
    try {
      return await compared(kit, server, api(server));
    } finally {
      await server.stop();
    }
  },
};
