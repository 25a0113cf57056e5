import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, chmod, chown, mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';

/** Every Linux has `nobody`; PostgreSQL refuses to run as root and as a user without a name. */
const NOBODY = 65_534;
const ROOT_HOME = '/var/lib/tollhouse';

/** Where one cluster lives. `control` is ours alone; `home` is where the server's user must be able to go. */
export type Place = {
  readonly control: string;
  readonly home: string;
  readonly data: string;
  readonly runAs: { readonly uid?: number; readonly gid?: number };
  readonly secrets: string;
  readonly pendingSecrets: string;
  readonly log: string;
  readonly clients: string;
  readonly claims: string;
  readonly lock: string;
};

const isRoot = (): boolean => process.geteuid?.() === 0;

/** A directory below which the server's user may walk, but where it can change nothing: root works in there. */
export const openToServer = async ({ runAs }: Pick<Place, 'runAs'>, directory: string): Promise<void> => {
  if (runAs.gid === undefined) return;
  await chown(directory, 0, runAs.gid);
  await chmod(directory, 0o710);
};

/** Hands files over to the server's user. */
export const giveToServer = async ({ runAs }: Place, ...paths: readonly string[]): Promise<void> => {
  const { uid, gid } = runAs;
  if (uid === undefined || gid === undefined) return;
  await Promise.all(paths.map((path) => chown(path, uid, gid)));
};

const refuse = (directory: string, why: string) => (cause: unknown) => {
  throw new Error(`${directory} cannot be used for the embedded PostgreSQL: ${why}`, { cause });
};

const claimControl = async (dataDir: string): Promise<string> => {
  await mkdir(join(dataDir, 'postgres'), { recursive: true, mode: 0o700 });
  const control = join(await realpath(dataDir), 'postgres');
  await access(control, constants.R_OK | constants.W_OK | constants.X_OK);
  await chmod(control, 0o700);
  return control;
};

const claimHome = async (control: string, runAs: Place['runAs']): Promise<string> => {
  if (runAs.uid === undefined) return control;
  await mkdir(ROOT_HOME, { recursive: true });
  await chmod(ROOT_HOME, 0o711); // whatever the umask is, the server's user must be able to walk through
  const name = createHash('sha256').update(control).digest('hex').slice(0, 24);
  const home = join(ROOT_HOME, name);
  await mkdir(home, { recursive: true, mode: 0o700 });
  await openToServer({ runAs }, home);
  return realpath(home); // the kernel names a server's directory without links, and we compare with that
};

/** The directories of the cluster of `dataDir`, made when missing. */
export const placeOf = async (dataDir: string): Promise<Place> => {
  const runAs = isRoot() ? { uid: NOBODY, gid: NOBODY } : {};
  const control = await claimControl(dataDir).catch(
    refuse(dataDir, 'it must be a directory that this user owns; run as its owner or choose another one'),
  );
  const home = await claimHome(control, runAs).catch(
    refuse(ROOT_HOME, 'root keeps the data there; run as an ordinary user or set DATABASE_URL'),
  );
  const place = {
    control,
    home,
    data: join(home, 'data'),
    runAs,
    secrets: join(control, 'secrets.json'),
    pendingSecrets: join(control, 'secrets.pending.json'),
    log: join(control, 'postgres.log'),
    clients: join(control, 'clients'),
    claims: join(control, 'claims'),
    lock: join(control, 'lock'),
  };
  await Promise.all([mkdir(place.clients, { recursive: true }), mkdir(place.claims, { recursive: true })]);
  return place;
};
