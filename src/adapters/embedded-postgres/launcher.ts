import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { living } from '../kit/processes.js';
import { openPackage, usableBinaries } from './binaries.js';
import { openCluster } from './cluster.js';
import { alone } from './lock.js';
import { type Place, placeOf } from './place.js';
import { ownName } from './processes.js';
import { urlsOf } from './secrets.js';
import { joinServer, stopServer } from './server.js';

export type EmbeddedPostgres = {
  /** As the owner of the database `tollhouse`, who is no superuser. */
  readonly url: string;
  readonly adminUrl: string;
  /** Ends this use of the server; the last one to leave stops it. */
  readonly leave: () => Promise<void>;
};

export type EmbeddedPostgresOptions = {
  readonly dataDir: string;
  /** Further settings for a server that this call starts; one that runs keeps its own. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly log?: (line: string) => void;
  /** Where the package of the binaries is, when not in node_modules. */
  readonly packageDir?: string;
};

const enter = async (place: Place, options: EmbeddedPostgresOptions) => {
  const { settings = {}, log = () => {} } = options;
  const from = await openPackage(options.packageDir);
  const bin = () => usableBinaries(place, from);
  const initdb = settings['fsync'] === 'off' ? ['--no-sync'] : [];
  const secrets = await openCluster(place, from, { bin, initdb });
  const { port, attached } = await joinServer(place, secrets, { bin, settings });
  log(
    `PostgreSQL ${from.major} ${attached ? 'joined' : 'started'} on 127.0.0.1:${port}, data in ${place.data}`,
  );
  return urlsOf(secrets, port);
};

/** Ends one use; the server ends with the last. Call it under the lock. */
const depart = async (place: Place, registration: string): Promise<void> => {
  await rm(registration, { force: true });
  if ((await living(place.clients)).length === 0) await stopServer(place);
};

/** Starts or joins the PostgreSQL that belongs to `dataDir`. */
export const embeddedPostgres = async (options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> => {
  const place = await placeOf(options.dataDir);
  const registration = join(place.clients, await ownName());
  const urls = await alone(place, async () => {
    await writeFile(registration, '');
    try {
      return await enter(place, options);
    } catch (error) {
      await depart(place, registration).catch(() => {}); // what failed first is what the reader needs
      throw error;
    }
  });
  let left: Promise<void> | undefined;
  const leave = () => {
    left ??= alone(place, () => depart(place, registration));
    return left;
  };
  return { ...urls, leave };
};
