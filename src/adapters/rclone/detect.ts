import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import { isGrepHere } from './grep.js';

/** A program that was found to work. */
export type Rclone = { readonly path: string; readonly version: string };
/** There is none that could be used; `hint` says what would be needed, to whoever runs this server. */
export type RcloneAbsent = { readonly hint: string };

const OLDEST = [1, 60] as const;
const PATIENCE_MS = 10_000;
const WANTED = `rclone ${OLDEST.join('.')} or newer (Debian package "rclone")`;

const isProgram = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

const firstProgram = async (paths: readonly string[]): Promise<string | undefined> => {
  for (const path of paths) if (await isProgram(path)) return path;
  return undefined;
};

/** What it says of itself; no variable of ours reaches it, some make it end at once. */
const versionOf = (path: string): Promise<string | undefined> =>
  promisify(execFile)(path, ['version', '--config', '/dev/null'], {
    env: {},
    timeout: PATIENCE_MS,
  }).then(
    ({ stdout }) => /^rclone v(\d+\.\d+\.\d+)/m.exec(stdout)?.[1],
    () => undefined,
  );

const isOldEnough = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
};

/** The program at `path`, or the first of its name in `searchPath` (as PATH is written). */
export const findRclone = async (where: {
  readonly path?: string | undefined;
  readonly searchPath?: string | undefined;
  readonly platform?: string;
}): Promise<Rclone | RcloneAbsent> => {
  const { path, searchPath = '', platform = process.platform } = where;
  if (platform !== 'linux') return { hint: `the local provider runs on Linux only, with ${WANTED}` };
  const folders = searchPath.split(delimiter).filter(isAbsolute);
  const found = await firstProgram(path ? [path] : folders.map((folder) => join(folder, 'rclone')));
  if (!found)
    return { hint: path ? `there is no program at ${path}: install ${WANTED}` : `install ${WANTED}` };
  const version = await versionOf(found);
  if (version === undefined) return { hint: `${found} does not tell its version: install ${WANTED}` };
  if (!isOldEnough(version)) return { hint: `${found} is version ${version}: install ${WANTED}` };
  // What is dirty in a cache is found by it.
  return (await isGrepHere())
    ? { path: found, version }
    : { hint: 'install GNU grep (Debian package "grep")' };
};
