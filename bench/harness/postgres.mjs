import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';

const fromDist = (dist, path) => import(pathToFileURL(join(dist, path)).href);

const ask = async (url, sql) => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
};

const embedded = async (dist, dir) => {
  const { embeddedPostgres } = await fromDist(dist, 'adapters/embedded-postgres/launcher.js');
  const { placeOf } = await fromDist(dist, 'adapters/embedded-postgres/place.js');
  const dataDir = join(dir, 'cluster');
  await mkdir(dataDir, { mode: 0o700 });
  const { home } = await placeOf(dataDir);
  const { url, adminUrl, leave } = await embeddedPostgres({ dataDir });
  const close = async () => {
    await leave();
    await rm(home, { recursive: true, force: true });
  };
  return { url, adminUrl, close };
};

/** The server of DATABASE_URL, else an embedded one of its own; `fresh` makes an empty database on it. */
export const openPostgres = async ({ dist, dir }) => {
  const given = process.env.DATABASE_URL;
  const { url, adminUrl, close } = given
    ? { url: given, adminUrl: given, close: async () => {} }
    : await embedded(dist, dir);
  const owner = decodeURIComponent(new URL(url).username);
  const [{ version }] = await ask(url, "select current_setting('server_version') as version");
  const fresh = async () => {
    const name = `tollhouse_bench_${randomBytes(6).toString('hex')}`;
    await ask(adminUrl, `create database ${name} owner "${owner}"`);
    const mine = new URL(url);
    mine.pathname = `/${name}`;
    return { url: mine.href, drop: () => ask(adminUrl, `drop database if exists ${name} with (force)`) };
  };
  return { version, fresh, close };
};
