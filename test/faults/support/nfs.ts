import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findNfs, type NfsMeans } from '../../../src/adapters/rclone/nfs-detect.js';
import type { Served } from '../../../src/domain/fleet/file-system.js';

const LIBNFS = fileURLToPath(new URL('libnfs.py', import.meta.url));
const run = promisify(execFile);

const isThere = (program: string, args: readonly string[]): Promise<boolean> =>
  run(program, args).then(
    () => true,
    () => false,
  );

/** What serves NFS and its clients, or undefined, said loudly, where something is missing. */
export const nfsHere = async (): Promise<NfsMeans | undefined> => {
  const found = await findNfs({ searchPath: process.env['PATH'], user: process.getuid?.() });
  const client = await isThere('python3', ['-c', 'import ctypes; ctypes.CDLL("libnfs.so.13")']);
  const tools = await isThere('sh', ['-c', 'command -v nfs-ls && command -v nfs-cat && command -v nfs-cp']);
  const missing = [
    ...('missing' in found ? found.missing : []),
    ...(client ? [] : ['python3 and libnfs13 as a client']),
    ...(tools ? [] : ['the package libnfs-utils as a client']),
  ];
  if (!('missing' in found) && missing.length === 0) return found;
  const line = '!'.repeat(100);
  process.stderr.write(
    `${line}\n!! NO NFS HERE, missing: ${missing.join(', ')}.\n!! File systems were NOT tested over NFS.\n${line}\n`,
  );
  return undefined;
};

/** In place of the programs, where suites are left out. */
export const NO_NFS: NfsMeans = { ganesha: '', unshare: '', nsenter: '', fuseTools: '' };

const urlOf = ({ server, port, path }: NonNullable<Served['nfs']>, below = ''): string =>
  `nfs://${server}${path}${below}?version=4&nfsport=${port}`;

const ended = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => child.once('close', (code) => resolve(code)));

/** Runs libnfs over some names; throws with what it says where it fails. */
const libnfs = async (deed: 'put' | 'get', url: string, directory: string, names: readonly string[]) => {
  const child = spawn('python3', [LIBNFS, deed, url, directory], { stdio: ['pipe', 'inherit', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  child.stdin.end(JSON.stringify(names));
  if ((await ended(child)) !== 0) throw new Error(said.trim());
};

const inFolder = async <T>(work: (folder: string) => Promise<T>): Promise<T> => {
  const folder = await mkdtemp(join(tmpdir(), 'tollhouse-nfs-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/** A client of one export over NFSv4. Each call is a mount of its own; one that hangs is ended. */
export const nfsOf = ({ nfs }: Served) => {
  if (!nfs) throw new Error('it is not served over NFS');
  const tool = async (name: string, args: readonly string[]) =>
    (await run(name, args, { encoding: 'buffer', maxBuffer: 2 ** 28, timeout: 20_000 })).stdout;
  return {
    /** Writes all of them; folders are made. */
    put: (files: ReadonlyMap<string, () => Buffer>): Promise<void> =>
      inFolder(async (folder) => {
        for (const [name, content] of files) {
          await mkdir(dirname(join(folder, name)), { recursive: true });
          await writeFile(join(folder, name), content());
        }
        await libnfs('put', urlOf(nfs), folder, [...files.keys()]);
      }),
    /** Reads all of them, one after the other into `seen`. */
    get: (names: readonly string[], seen: (name: string, bytes: Buffer) => void): Promise<void> =>
      inFolder(async (folder) => {
        await libnfs('get', urlOf(nfs), folder, names);
        for (const name of names) seen(name, await readFile(join(folder, name)));
      }),
    /** nfs-cp, which can do small files. */
    copy: (path: string, name: string) => tool('nfs-cp', [path, urlOf(nfs, `/${name}`)]),
    cat: (name: string): Promise<Buffer> => tool('nfs-cat', [urlOf(nfs, `/${name}`)]),
    /** Names and sizes of the files at the top. */
    list: async (): Promise<ReadonlyMap<string, number>> =>
      new Map(
        (await tool('nfs-ls', [urlOf(nfs)]))
          .toString()
          .split('\n')
          .filter((line) => line.startsWith('-'))
          .map((line) => /^\S+\s+\d+\s+\d+\s+\d+\s+(\d+) (.*)$/.exec(line) ?? [])
          .map(([, size = '', name = '']) => [name, Number(size)]),
      ),
    /** Opens a file, writes to it, and holds it until it is told to write the rest and to close it. */
    hold: async (name: string) => {
      const child = spawn('python3', [LIBNFS, 'hold', urlOf(nfs), name], {
        stdio: ['pipe', 'pipe', 'ignore'],
        timeout: 30_000,
      });
      await new Promise<void>((resolve, reject) => {
        child.stdout.once('data', () => resolve());
        child.once('close', () => reject(new Error(`${name} is not held`)));
      });
      return {
        /** Its exit code: 0 where all of it was taken. */
        finish: (): Promise<number | null> => {
          child.stdin.end('\n');
          return ended(child);
        },
      };
    },
  };
};
