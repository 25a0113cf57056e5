import { isUtf8 } from 'node:buffer';
import { execFile } from 'node:child_process';
import type { Dirent, Stats } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { err, ok, type Result } from 'neverthrow';
import { objectKey } from '../../domain/storage/object-key.js';
import type { Failure, Skipped } from './findings.js';
import type { UsageProblem } from './options.js';

/** A file that travels: its key is its path below the directory, with slashes. */
export type LocalFile = { readonly key: string; readonly path: string; readonly size: number };
export type Collection = {
  /** Where the files are from, for the receipt. */
  readonly source: string;
  readonly files: readonly LocalFile[];
  readonly skipped: readonly Skipped[];
  readonly failures: readonly Failure[];
};

const REPOSITORY = resolve(fileURLToPath(new URL('../../../', import.meta.url)));
const NOT_OURS: ReadonlySet<string> = new Set(['node_modules', 'dist', '.git', '.tollhouse']);
const NONE: ReadonlySet<string> = new Set();

type Found = { readonly files: LocalFile[]; readonly skipped: Skipped[]; readonly failures: Failure[] };
const nothing = (): Found => ({ files: [], skipped: [], failures: [] });

/** The files of `directory`; without one, what git tracks here, or all of this package where git does not help. */
export const collect = async (
  directory: string | undefined,
  repository: string = REPOSITORY,
): Promise<Result<Collection, UsageProblem>> => {
  if (directory === undefined) return ok(await ofRepository(repository));
  const root = resolve(directory);
  const kind = await stat(root).catch(() => undefined);
  return kind?.isDirectory()
    ? ok(sorted(`all files below ${root}`, await walk(root, NONE)))
    : err({ kind: 'usage', reason: `${root} is not a directory.` });
};

const ofRepository = async (root: string): Promise<Collection> => {
  const tracked = await trackedIn(root);
  return tracked.length > 0
    ? sorted(`tracked files of ${root}`, await these(root, tracked))
    : sorted(`files of ${root} (git tracks none here)`, await walk(root, NOT_OURS));
};

const sorted = (source: string, { files, ...rest }: Found): Collection => ({
  source,
  files: files.sort((a, b) => (a.key < b.key ? -1 : 1)),
  ...rest,
});

/** Names as git stores them: bytes. Empty without git, without a checkout and in a checkout of somebody else. */
const trackedIn = async (root: string): Promise<readonly Buffer[]> => {
  const options = { cwd: root, encoding: 'buffer', maxBuffer: 1024 ** 3 } as const;
  const listed = await promisify(execFile)('git', ['ls-files', '-z'], options).catch(() => undefined);
  return listed ? split(listed.stdout) : [];
};

const split = (bytes: Buffer): readonly Buffer[] => {
  const names: Buffer[] = [];
  for (let from = 0, end = bytes.indexOf(0); end >= 0; from = end + 1, end = bytes.indexOf(0, from))
    names.push(bytes.subarray(from, end));
  return names;
};

const these = async (root: string, names: readonly Buffer[]): Promise<Found> => {
  const found = nothing();
  // While a merge is open git names a file once for each side.
  const seen = new Set<string>();
  for (const name of names) {
    const key = name.toString('utf8');
    if (seen.has(key)) continue;
    seen.add(key);
    if (isUtf8(name)) await take(found, root, key);
    else found.skipped.push({ name: key, why: 'name is not UTF-8' });
  }
  return found;
};

const walk = async (root: string, leaveOut: ReadonlySet<string>): Promise<Found> => {
  const found = nothing();
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const entries = await entriesOf(join(root, folder));
    if (typeof entries === 'string')
      found.failures.push({ step: 'read', name: folder || root, reason: entries });
    else await sortOut(entries, { root, folder, leaveOut, folders, found });
  }
  return found;
};

type Walk = {
  readonly root: string;
  readonly folder: string;
  readonly leaveOut: ReadonlySet<string>;
  readonly folders: string[];
  readonly found: Found;
};

const entriesOf = (path: string): Promise<readonly Dirent<Buffer>[] | string> =>
  readdir(path, { withFileTypes: true, encoding: 'buffer' }).catch((cause: Error) => cause.message);

const sortOut = async (entries: readonly Dirent<Buffer>[], walk: Walk): Promise<void> => {
  const { root, folder, leaveOut, folders, found } = walk;
  for (const entry of entries) {
    const name = entry.name.toString('utf8');
    const key = `${folder}${name}`;
    if (!isUtf8(entry.name)) found.skipped.push({ name: key, why: 'name is not UTF-8' });
    else if (!entry.isDirectory()) await take(found, root, key);
    else if (!leaveOut.has(name)) folders.push(`${key}/`);
  }
  if (entries.length === 0 && folder !== '') found.skipped.push({ name: folder, why: 'empty directory' });
};

const take = async ({ files, skipped, failures }: Found, root: string, key: string): Promise<void> => {
  const path = join(root, key);
  const kind = await lstat(path).catch((cause: NodeJS.ErrnoException) => cause);
  if (kind instanceof Error) {
    if (kind.code === 'ENOENT') skipped.push({ name: key, why: 'not there' });
    else failures.push({ step: 'read', name: key, reason: kind.message });
    return;
  }
  const why = reasonToSkip(kind, key);
  if (why === undefined) files.push({ key, path, size: kind.size });
  else skipped.push({ name: key, why });
};

const reasonToSkip = (kind: Stats, key: string): string | undefined => {
  if (kind.isSymbolicLink()) return 'symbolic link';
  if (!kind.isFile()) return 'not a regular file';
  return objectKey(key).match(
    () => undefined,
    ({ reason }) => `the key ${reason}`,
  );
};
