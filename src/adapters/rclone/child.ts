import { copyFile, stat, truncate } from 'node:fs/promises';
import { dropUnfinished } from './cache-files.js';
import { readRecord, unlessAbsent, writeRecord } from './files.js';
import { endGanesha, untilClosed } from './ganesha.js';
import { keepMetas, mendTorn } from './kept-metas.js';
import type { RcloneOptions } from './options.js';
import { argumentsOf, bootId, endProcess, isRunning, mountsOf, startOf, strayIn } from './processes.js';
import { ChildRecord, type ExportPlace, type ExportRecord } from './records.js';
import { type Command, spawned } from './spawned.js';

const MAX_LOG = 1024 * 1024;
const END_PATIENCE_MS = 4_000;
const READ_ONLY = '--read-only';

export type Launch = { readonly readOnly: boolean; readonly door?: number | undefined };

/** A cache that is as large as it may be is trimmed this often; directories are as old as this at most. */
const PACE = ['--vfs-cache-poll-interval', '10s', '--dir-cache-time', '5s', '--poll-interval', '0'];
/** A file is sent a second after it was closed: this rclone cannot be told to send it now. */
const WRITE_BACK = ['--vfs-write-back', '1s'];
const PATIENCE = ['--contimeout', '10s', '--timeout', '2m', '--low-level-retries', '3'];

const serving = (
  place: ExportPlace,
  record: ExportRecord,
  { host }: Pick<RcloneOptions, 'host'>,
): readonly string[] => [
  'serve',
  'webdav',
  `store:${record.bucket}/${record.prefix}`,
  ...['--config', place.config, '--ask-password=false'],
  ...['--addr', `${host.includes(':') ? `[${host}]` : host}:${record.port}`, '--htpasswd', place.users],
  ...['--rc', '--rc-addr', `127.0.0.1:${record.controlPort}`, '--rc-htpasswd', place.controlUsers],
  ...['--cache-dir', place.cache, '--vfs-cache-mode', 'full'],
  ...['--vfs-cache-max-size', `${record.cacheBytes}B`, '--vfs-cache-max-age', '8760h'],
  // The time an object was stored, and no request more for each to ask for another.
  ...['--use-server-modtime', '--vfs-fast-fingerprint'],
  ...[...WRITE_BACK, ...PACE, ...PATIENCE],
  ...['--log-level', 'NOTICE', '--stats', '0'],
];

/** Nothing of ours is inherited: variables of a host change where rclone goes, and some end it at once. */
const environmentOf = (place: ExportPlace, door: number | undefined): Record<string, string> => {
  const proxy = `http://${place.token}.${place.fileSystemId}@127.0.0.1:${door}`;
  return { HOME: place.directory, ...(door !== undefined && { http_proxy: proxy, https_proxy: proxy }) };
};

/** The process that serves an export, if it lives. */
export const childOf = async (place: ExportPlace): Promise<ChildRecord | undefined> => {
  const written = await readRecord(ChildRecord, place.child);
  return written && (await isRunning(written, place.directory)) ? written : undefined;
};

/**
 * The same, and one that was started and never written down: whoever started it did not live to do so. Call it under
 * the lock of the instance, before anything is done for the reason that nothing runs.
 */
export const foundChild = async (place: ExportPlace): Promise<ChildRecord | undefined> => {
  const known = await childOf(place);
  const stray = known ?? (await strayIn(place.directory));
  if (known || !stray) return known;
  const readOnly = (await argumentsOf(stray.pid)).includes(READ_ONLY);
  const isApart = (await mountsOf(stray.pid)) !== (await mountsOf('self'));
  const child = { ...stray, readOnly, ...(isApart && { nfs: true }) };
  await writeRecord(place.child, child);
  return child;
};

const trimmed = async (log: string): Promise<void> => {
  const size = (await unlessAbsent(stat(log)))?.size ?? 0;
  if (size <= MAX_LOG) return;
  await copyFile(log, `${log}.old`);
  await truncate(log);
};

/** One old log is kept beside the one that is written; who writes it holds it open and goes on at its new end. */
export const trimLogs = async ({ log, nfs }: ExportPlace): Promise<void> => {
  await trimmed(log);
  await trimmed(nfs.log);
};

/** Where NFS is served as well it has mounts of its own, which nobody else of this host sees. */
const commandOf = (
  { rclone, nfs }: RcloneOptions,
  place: ExportPlace,
  { args, env }: { readonly args: readonly string[]; readonly env: Record<string, string> },
): Command => {
  const { directory, log } = place;
  if (!nfs) return { program: rclone.path, args, env, directory, log };
  const apart = ['--mount', '--propagation', 'slave', '--', rclone.path];
  return {
    program: nfs.unshare,
    args: [...apart, ...args],
    env: { ...env, PATH: nfs.fuseTools },
    directory,
    log,
  };
};

/** Starts the process of an export, none of which runs. Call it under the lock of the instance. */
export const launch = async (
  options: RcloneOptions,
  place: ExportPlace,
  record: ExportRecord,
  { readOnly, door }: Launch,
): Promise<ChildRecord | undefined> => {
  await mendTorn(place.cache);
  await dropUnfinished(place.cache);
  await keepMetas(place.cache);
  const args = [...serving(place, record, options), ...(readOnly ? [READ_ONLY] : [])];
  const pid = await spawned(commandOf(options, place, { args, env: environmentOf(place, door) }));
  const start = await startOf(pid);
  if (start === undefined) return undefined;
  const child: ChildRecord = {
    pid,
    start,
    boot: await bootId(),
    readOnly,
    ...(door !== undefined && { door }),
    ...(options.nfs && { nfs: true }),
  };
  await writeRecord(place.child, child);
  return child;
};

/** Nothing serves the export any more when this is over. What was held is on the disk. */
export const endChild = async (place: ExportPlace, child: ChildRecord | undefined): Promise<void> => {
  await endGanesha(place);
  if (child?.nfs) await untilClosed(place, child);
  if (child) await endProcess(child, place.directory, END_PATIENCE_MS);
};
