import { setTimeout as pause } from 'node:timers/promises';
import { err, ok } from 'neverthrow';
import type { Served } from '../../domain/fleet/file-system.js';
import type { Export, ExportState, GatewayControl, ProviderRefused } from '../../ports/fleet/providers.js';
import { NOT_FOUND, type NotFound, type Unavailable } from '../../ports/shared/failure.js';
import { beginExport, isServable } from './begin.js';
import { call, onRunning, underLock } from './calls.js';
import { childOf } from './child.js';
import { dirtyOf } from './dirty.js';
import { readRecord, writeRecord } from './files.js';
import { hasGanesha } from './ganesha.js';
import { NFS_HOST, nfsPathOf } from './ganesha-config.js';
import { type Found, ownInstance, type ServedExport, servedExports, settleInstance } from './instance.js';
import type { Keeper } from './keeper.js';
import { answersNfs } from './nfs-probe.js';
import { type Preloading, urlOf } from './preload.js';
import { type ExportPlace, ExportRecord, exportPlace, isPlainName } from './records.js';
import { queuedIn, uploadFailureIn } from './remote-control.js';
import { discardExport, settleExport } from './settle.js';

const UP_WITHIN_MS = 3_000;
const POLL_MS = 50;
const FALLEN = 'the process that serves it ended and is started again';
const SILENT = 'the process that serves it does not answer';
const NFS_FALLEN = 'the process that serves it over NFS ended and is started again';
const NFS_SILENT = 'the process that serves it over NFS does not answer';
const PASSING: readonly string[] = [FALLEN, SILENT, NFS_FALLEN, NFS_SILENT];

const hindranceOf = async (place: ExportPlace, record: ExportRecord): Promise<string | undefined> => {
  if (record.refused !== undefined) return record.refused;
  const child = await childOf(place);
  if (!child) return FALLEN;
  if ((await queuedIn(place, record)) === undefined) return SILENT;
  if (record.nfsPort === undefined) return undefined;
  if (!(await hasGanesha(place, child))) return NFS_FALLEN;
  return (await answersNfs(NFS_HOST, record.nfsPort)) ? undefined : NFS_SILENT;
};

/** In our words, for rclone's may tell addresses and names that are nobody's business. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/\b(401|403)\b|AccessDenied|Forbidden|Signature|AccessKey|invalid_grant/i, 'it does not allow that'],
  [/\b(413|507)\b|EntityTooLarge|Quota/i, 'it has no room for them'],
  [/\b404\b|NoSuchBucket/i, 'the bucket is not there'],
];
const UNSENT = 'files that were written are kept and sent again: the store did not take them';

/** It serves, but what is written stays here for now. */
const unsentOf = async (place: ExportPlace, record: ExportRecord): Promise<string | undefined> => {
  const failure = await uploadFailureIn(place, record);
  if (failure === undefined) return undefined;
  const why = WORDS.find(([pattern]) => pattern.test(failure))?.[1];
  return why === undefined ? UNSENT : `${UNSENT}, ${why}`;
};

const servedOf = (host: string, { fileSystemId, username, port, nfsPort }: ExportRecord): Served => ({
  webdav: { url: urlOf(host, port), username },
  ...(nfsPort !== undefined && {
    nfs: { server: NFS_HOST, port: nfsPort, path: nfsPathOf(fileSystemId) },
  }),
});

const stateOf = async ({ options }: Keeper, { place, record }: ServedExport): Promise<ExportState> => {
  const { fileSystemId, refused, wish } = record;
  const reason = (await hindranceOf(place, record)) ?? (await unsentOf(place, record));
  const served = refused === undefined ? servedOf(options.host, record) : {};
  const healthy = reason === undefined;
  return {
    fileSystemId,
    served,
    healthy,
    ...(!healthy && { reason }),
    ...(wish !== undefined && { fingerprint: wish }),
  };
};

const statesOf = async (keeper: Keeper, { place }: Found): Promise<readonly ExportState[]> =>
  Promise.all((await servedExports(place)).map((one) => stateOf(keeper, one)));

/** Children begin within a moment: what can be told as healthy is not told as sick. */
const statesSoon = async (keeper: Keeper, found: Found): Promise<readonly ExportState[]> => {
  const end = performance.now() + UP_WITHIN_MS;
  for (;;) {
    const states = await statesOf(keeper, found);
    const isWaiting = states.some(({ reason }) => reason !== undefined && PASSING.includes(reason));
    if (!isWaiting || performance.now() >= end) return states;
    await pause(POLL_MS);
  }
};

const setMode = async (place: ExportPlace, mode: 'drain' | 'end'): Promise<void> => {
  const record = await readRecord(ExportRecord, place.record);
  const isOn = record && (record.mode === 'serve' || (record.mode === 'drain' && mode === 'end'));
  if (isOn) await writeRecord(place.record, { ...record, mode });
};

const serveThese = async (keeper: Keeper, found: Found, wanted: readonly Export[]): Promise<void> => {
  const named = new Set(wanted.map(({ fileSystemId }) => fileSystemId));
  for (const { place } of await servedExports(found.place))
    if (!named.has(place.fileSystemId)) await setMode(place, 'end');
  await settleInstance(keeper, found);
  for (const one of wanted) await beginExport(keeper, found, one);
};

const exported = (opened: Promise<Keeper>, ref: string, wanted: readonly Export[]) =>
  call<readonly ExportState[], NotFound | ProviderRefused | Unavailable>(async () => {
    const keeper = await opened;
    const bad = wanted.find((one) => !isServable(one));
    if (bad) return err({ kind: 'provider_refused', reason: `${bad.fileSystemId} cannot be served here` });
    const done = await underLock<Found, NotFound>(keeper, ref, async () => {
      const found = await ownInstance(keeper, ref);
      if (found?.state.state !== 'running') return err(NOT_FOUND);
      await serveThese(keeper, found, wanted);
      return ok(found);
    });
    return done.isErr() ? err(done.error) : ok(await statesSoon(keeper, done.value));
  });

const drained = (opened: Promise<Keeper>, ref: string, fileSystemId: string) =>
  call<void, NotFound | Unavailable>(async () => {
    const keeper = await opened;
    return underLock<void, NotFound>(keeper, ref, async () => {
      const found = await ownInstance(keeper, ref);
      if (found?.state.state !== 'running') return err(NOT_FOUND);
      if (!isPlainName(fileSystemId)) return ok(undefined);
      const place = exportPlace(found.place, fileSystemId);
      await setMode(place, 'drain');
      await settleExport(keeper, place, true);
      return ok(undefined);
    });
  });

const discarded = (opened: Promise<Keeper>, ref: string, fileSystemId: string) =>
  call<void, Unavailable>(async () => {
    const keeper = await opened;
    if (!isPlainName(ref) || !isPlainName(fileSystemId)) return ok(undefined);
    return underLock<void, never>(keeper, ref, async () => {
      const found = await ownInstance(keeper, ref);
      if (found) await discardExport(keeper, exportPlace(found.place, fileSystemId));
      return ok(undefined);
    });
  });

/** Speaks to the processes of an instance. */
export const rcloneControl = (opened: Promise<Keeper>, preloads: Preloading): GatewayControl => ({
  exports: (ref, wanted) => exported(opened, ref, wanted),
  health: (ref) => onRunning(opened, ref, statesOf),
  dirty: (ref, fileSystemId) =>
    onRunning(opened, ref, async (_keeper, { place }) =>
      isPlainName(fileSystemId) ? dirtyOf(exportPlace(place, fileSystemId)) : 0,
    ),
  // This rclone sends a file a second after it was closed and cannot be told to hurry: `dirty` tells when it is done.
  flush: (ref) => onRunning(opened, ref, async () => undefined),
  drain: (ref, fileSystemId) => drained(opened, ref, fileSystemId),
  discard: (ref, fileSystemId) => discarded(opened, ref, fileSystemId),
  preload: (ref, fileSystemId) =>
    onRunning(opened, ref, async ({ options: { host } }, found) => {
      if (!isPlainName(fileSystemId)) return true;
      const place = exportPlace(found.place, fileSystemId);
      const record = await readRecord(ExportRecord, place.record);
      return !record || record.mode === 'off' || preloads.ask({ place, record, host });
    }),
});
