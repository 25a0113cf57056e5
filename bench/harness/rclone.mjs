import { spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { keep } from './processes.mjs';

const PROGRAM = 'rclone';
const START_MS = 20_000;

export const hasRclone = () => spawnSync(PROGRAM, ['version'], { stdio: 'ignore' }).status === 0;

const freePort = () =>
  new Promise((resolve) => {
    const taker = createServer().listen(0, '127.0.0.1', () => {
      const { port } = taker.address();
      taker.close(() => resolve(port));
    });
  });

const ABOUT_CACHE = /^--(vfs-|dir-cache-time|poll-interval|use-server-modtime)/;

/** What a running rclone was told about its cache. */
const cacheFlags = (pid) => {
  const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  return args.filter((arg, n) => {
    if (arg.startsWith('--')) return ABOUT_CACHE.test(arg);
    return ABOUT_CACHE.test(args[n - 1] ?? '') && arg !== '';
  });
};

const answers = (url) =>
  fetch(url, { method: 'OPTIONS' }).then(
    () => true,
    () => false,
  );

/** `rclone serve webdav` of a bucket at an S3 endpoint, as a person starts it by hand, with the cache that `like` has. */
export const serveByHand = async ({ dir, endpoint, bucket, username, password, like }) => {
  const config = join(dir, 'rclone.conf');
  const lines = {
    type: 's3',
    provider: 'Other',
    region: 'local',
    endpoint,
    access_key_id: bucket.access_key_id,
    secret_access_key: bucket.secret_access_key,
    force_path_style: true,
    no_check_bucket: true,
    list_version: 2,
  };
  const text = Object.entries(lines).map(([name, value]) => `${name} = ${value}\n`);
  await writeFile(config, `[store]\n${text.join('')}`, { mode: 0o600 });
  const port = await freePort();
  const args = [
    ...['serve', 'webdav', `store:${bucket.bucket_name}`, '--config', config, '--addr', `127.0.0.1:${port}`],
    ...['--user', username, '--pass', password, '--cache-dir', join(dir, 'cache'), ...cacheFlags(like)],
  ];
  const log = openSync(join(dir, 'rclone.log'), 'a');
  const env = { PATH: process.env.PATH, HOME: dir };
  const child = spawn(PROGRAM, args, { env, stdio: ['ignore', log, log] });
  closeSync(log);
  keep(child);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  for (const latest = Date.now() + START_MS; !(await answers(`http://127.0.0.1:${port}/`)); await pause(50))
    if (Date.now() > latest || child.exitCode !== null) {
      await stop();
      throw new Error(`rclone does not serve:\n${readFileSync(join(dir, 'rclone.log'), 'utf8')}`);
    }
  return { pid: child.pid, port, stop };
};

const placeOf = (pid) => {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
};

/** The process that serves a gateway's export: the one that lives in its directory. */
export const gatewayProcess = (gateways) => {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const [found] = pids.filter((pid) => placeOf(pid).startsWith(`${gateways}/`));
  if (found === undefined) throw new Error(`no process serves from ${gateways}`);
  return Number(found);
};
