import { rm, stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { openDirty, unfinishedOnDisk } from './cache-files.js';
import { privateDirectory, readRecord, unlessAbsent, writeDurably, writeRecord } from './files.js';
import { ganeshaText } from './ganesha-config.js';
import type { NfsMeans } from './nfs-detect.js';
import { bootId, endProcess, isRunning, mountsOf, startOf, strayIn } from './processes.js';
import { type ChildRecord, type ExportPlace, type ExportRecord, GaneshaRecord } from './records.js';
import { mountHere } from './remote-control.js';
import { spawned } from './spawned.js';

const END_PATIENCE_MS = 2_000;
const CLOSE_PATIENCE_MS = 3_000;
const CLOSE_POLL_MS = 20;

/** The NFS server of an export that lives, whoever started it. */
const foundGanesha = async ({ nfs }: ExportPlace): Promise<GaneshaRecord | undefined> => {
  if (!(await unlessAbsent(stat(nfs.directory)))) return undefined;
  const written = await readRecord(GaneshaRecord, nfs.child);
  return written && (await isRunning(written, nfs.directory)) ? written : strayIn(nfs.directory);
};

/** It shows what this child mounted: they share their mounts. Another one shows a mount that is dead. */
const isOf = async ({ pid }: GaneshaRecord, child: ChildRecord): Promise<boolean> => {
  const mounts = await mountsOf(child.pid);
  return mounts !== undefined && mounts === (await mountsOf(pid));
};

/** Whether what the child serves is shown over NFS, by a process that is written down. */
export const hasGanesha = async ({ nfs }: ExportPlace, child: ChildRecord): Promise<boolean> => {
  const written = await readRecord(GaneshaRecord, nfs.child);
  return written !== undefined && (await isRunning(written, nfs.directory)) && isOf(written, child);
};

/** Writes down the one whose starter did not live to do so. Under the lock of the instance. */
export const adoptGanesha = async (place: ExportPlace, child: ChildRecord): Promise<boolean> => {
  if (await hasGanesha(place, child)) return true;
  const found = await foundGanesha(place);
  if (!found || !(await isOf(found, child))) return false;
  await writeRecord(place.nfs.child, found);
  return true;
};

/** No NFS server shows this export any more when this is over. It holds no bytes, so it is ended even if it will not. */
export const endGanesha = async (place: ExportPlace): Promise<void> => {
  const running = await foundGanesha(place);
  if (running) await endProcess(running, place.nfs.directory, END_PATIENCE_MS);
};

/** The kernel tells rclone of files that were closed a moment after it told the one who closed them. */
export const untilClosed = async ({ cache }: ExportPlace, { pid }: ChildRecord): Promise<void> => {
  for (const end = performance.now() + CLOSE_PATIENCE_MS; performance.now() < end; await pause(CLOSE_POLL_MS))
    if ((await openDirty(pid, cache)) === 0 && (await unfinishedOnDisk(cache)) === 0) return;
};

/** In the mounts of the child, which nobody else sees and which end with those who work in them. */
const launchGanesha = async (
  { ganesha, nsenter }: NfsMeans,
  { nfs }: ExportPlace,
  child: ChildRecord,
): Promise<void> => {
  const pid = await spawned({
    program: nsenter,
    args: [
      ...[`--mount=/proc/${child.pid}/ns/mnt`, `--wdns=${nfs.directory}`, '--', ganesha, '-F'],
      ...['-f', nfs.config, '-p', nfs.pidFile, '-L', nfs.log, '-N', 'NIV_CRIT'],
    ],
    env: {},
    directory: nfs.directory,
    log: nfs.log,
  });
  const start = await startOf(pid);
  if (start === undefined) return;
  await writeRecord(nfs.child, { pid, start, boot: await bootId() } satisfies GaneshaRecord);
};

export type NfsServing = {
  readonly means: NfsMeans;
  readonly place: ExportPlace;
  readonly record: ExportRecord;
  readonly child: ChildRecord;
};

/** Shows over NFS what the child serves: mounts it, and starts the server in place of any other. False: not now. */
export const beginGanesha = async ({ means, place, record, child }: NfsServing): Promise<boolean> => {
  const { nfs, fileSystemId } = place;
  if (record.nfsPort === undefined) return false;
  await endGanesha(place);
  await privateDirectory(nfs.mount);
  if (!(await mountHere(place, record))) return false;
  const { readOnly } = child;
  const shown = { fileSystemId, port: record.nfsPort, shown: nfs.mount, recovery: nfs.recovery, readOnly };
  const text = ganeshaText(shown);
  if (text.isErr()) throw new Error(`${text.error.what} cannot be handed to nfs-ganesha`);
  await privateDirectory(nfs.recovery);
  await writeDurably(nfs.config, text.value);
  await rm(nfs.pidFile, { force: true });
  await launchGanesha(means, place, child);
  return true;
};
