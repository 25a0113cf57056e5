import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startServer } from '../harness/processes.mjs';
import { startTollhouse } from '../harness/tollhouse.mjs';

const GIB = 1024 ** 3;

/**
 * Runs `work` on our server and on the bare one, both keeping their files on the same disk. Each side knows
 * how a key is spelt: `put(key)` and `get(key)` answer path and headers.
 */
export const withBoth = async ({ dist, dir, databaseUrl, profileDir, baselines }, work) => {
  const settings = { MAX_OBJECT_BYTES: String(2 * GIB), FREE_SPACE_FLOOR: String(GIB) };
  const server = await startTollhouse({ dist, dir, databaseUrl, profileDir, settings });
  try {
    const objects = `/v1/buckets/${server.bucket.id}/objects`;
    const headers = { Authorization: `Bearer ${server.token}` };
    const ours = {
      server,
      put: (key) => ({ port: server.port, path: `${objects}?key=${key}`, headers }),
      get: (key) => ({ port: server.port, path: `${objects}/download?key=${key}`, headers }),
    };
    const directory = join(dir, 'baseline');
    await mkdir(directory);
    const bare = await startServer({
      name: 'baseline',
      file: join(baselines, 'files.mjs'),
      errors: join(dir, 'baseline.log'),
      env: { DIRECTORY: directory },
    });
    const file = (key) => ({ port: bare.port, path: `/${key}`, headers: {} });
    try {
      return await work({ ours, baseline: { server: bare, put: file, get: file } });
    } finally {
      await bare.stop();
    }
  } finally {
    await server.stop();
  }
};
