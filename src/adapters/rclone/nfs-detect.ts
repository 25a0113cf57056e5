import { execFile } from 'node:child_process';
import { access, constants, readdir } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';

/** What serves over NFS as well: programs that were found to be there, by their paths. */
export type NfsMeans = {
  readonly ganesha: string;
  readonly unshare: string;
  readonly nsenter: string;
  /** Directory of the program that rclone calls to mount. */
  readonly fuseTools: string;
};
/** All that is missing, in words for whoever runs this server. */
export type NfsAbsent = { readonly missing: readonly string[] };

export type NfsWhere = {
  /** As PATH is written. */
  readonly searchPath?: string | undefined;
  readonly user?: number | undefined;
  readonly fuse?: string;
  /** Directories that hold directories of libraries, or are such themselves. */
  readonly libraries?: readonly string[];
};

const PATIENCE_MS = 10_000;
const LIBRARIES = ['/usr/lib', '/usr/lib64', '/usr/local/lib'];
/** With Debian's names of their packages. */
const PROGRAMS = [
  ['ganesha.nfsd', 'nfs-ganesha'],
  ['fusermount3', 'fuse3'],
  ['unshare', 'util-linux'],
  ['nsenter', 'util-linux'],
] as const;
type Program = (typeof PROGRAMS)[number][0];

const may = (path: string, mode: number): Promise<boolean> =>
  access(path, mode).then(
    () => true,
    () => false,
  );

const programIn = async (folders: readonly string[], name: string): Promise<string | undefined> => {
  for (const folder of folders) if (await may(join(folder, name), constants.X_OK)) return join(folder, name);
  return undefined;
};

/** The part of ganesha that exports directories lies beside others of its kind. */
const hasExporter = async (libraries: readonly string[]): Promise<boolean> => {
  for (const library of libraries) {
    const below = await readdir(library).catch(() => []);
    for (const folder of [library, ...below.map((name) => join(library, name))])
      if (await may(join(folder, 'ganesha', 'libfsalvfs.so'), constants.R_OK)) return true;
  }
  return false;
};

/** What an export of ours runs in: mounts of its own that nobody else of this host sees. */
const mayHide = (unshare: string, program: string): Promise<boolean> =>
  promisify(execFile)(unshare, ['--mount', '--propagation', 'slave', '--', program, '--version'], {
    env: {},
    timeout: PATIENCE_MS,
  }).then(
    () => true,
    () => false,
  );

const packagesFor = async (
  found: ReadonlyMap<Program, string>,
  libraries: readonly string[],
): Promise<readonly string[]> => {
  const packages = PROGRAMS.filter(([name]) => !found.has(name)).map(([, name]) => name);
  const wanted: string[] = [...packages, ...((await hasExporter(libraries)) ? [] : ['nfs-ganesha-vfs'])];
  return [...new Set(wanted)].map((name) => `the package ${name}`);
};

/** Looks for all that exports over NFS need on this host. */
export const findNfs = async (where: NfsWhere): Promise<NfsMeans | NfsAbsent> => {
  const { searchPath = '', user, fuse = '/dev/fuse', libraries = LIBRARIES } = where;
  const folders = searchPath.split(delimiter).filter(isAbsolute);
  const found = new Map<Program, string>();
  for (const [name] of PROGRAMS) {
    const path = await programIn(folders, name);
    if (path !== undefined) found.set(name, path);
  }
  const missing = [
    ...(user === 0 ? [] : ['to run as root']),
    ...((await may(fuse, constants.R_OK | constants.W_OK)) ? [] : [`the device ${fuse}`]),
    ...(await packagesFor(found, libraries)),
  ];
  const [ganesha, fusermount] = [found.get('ganesha.nfsd'), found.get('fusermount3')];
  const [unshare, nsenter] = [found.get('unshare'), found.get('nsenter')];
  if (missing.length > 0 || !ganesha || !fusermount || !unshare || !nsenter) return { missing };
  if (!(await mayHide(unshare, nsenter)))
    return { missing: ['leave to mount (the capability CAP_SYS_ADMIN)'] };
  return { ganesha, unshare, nsenter, fuseTools: dirname(fusermount) };
};
