import { setTimeout as pause } from 'node:timers/promises';
import { err, ok } from 'neverthrow';
import type { Export, ExportState, GatewayControl, ProviderRefused } from '../../ports/fleet/providers.js';
import { NOT_FOUND, type NotFound, type Unavailable } from '../../ports/shared/failure.js';
import { beginExport, isServable } from './begin.js';
import { call, onRunning, underLock } from './calls.js';
import { childOf } from './child.js';
import { dirtyOf } from './dirty.js';
import { readRecord, writeRecord } from './files.js';
import { type Found, ownInstance, type ServedExport, servedExports, settleInstance } from './instance.js';
import type { Keeper } from './keeper.js';
import { type Preloading, urlOf } from './preload.js';
import { type ExportPlace, ExportRecord, exportPlace, isPlainName } from './records.js';
import { queuedIn } from './remote-control.js';
import { settleExport } from './settle.js';

const UP_WITHIN_MS = 3_000;
const POLL_MS = 50;
const FALLEN = 'the process that serves it ended and is started again';
const SILENT = 'the process that serves it does not answer';

const hindranceOf = async (place: ExportPlace, record: ExportRecord): Promise<string | undefined> => {
  if (record.refused !== undefined) return record.refused;
  if (!(await childOf(place))) return FALLEN;
  return (await queuedIn(place, record)) === undefined ? SILENT : undefined;
};

const stateOf = async ({ options }: Keeper, { place, record }: ServedExport): Promise<ExportState> => {
  const { fileSystemId, username, port, refused } = record;
  const reason = await hindranceOf(place, record);
  const served = refused === undefined ? { webdav: { url: urlOf(options.host, port), username } } : {};
  return { fileSystemId, served, healthy: reason === undefined, ...(reason !== undefined && { reason }) };
};

const statesOf = async (keeper: Keeper, { place }: Found): Promise<readonly ExportState[]> =>
  Promise.all((await servedExports(place)).map((one) => stateOf(keeper, one)));

/** Children begin within a moment: what can be told as healthy is not told as sick. */
const statesSoon = async (keeper: Keeper, found: Found): Promise<readonly ExportState[]> => {
  const end = performance.now() + UP_WITHIN_MS;
  for (;;) {
    const states = await statesOf(keeper, found);
    const isWaiting = states.some(({ reason }) => reason === SILENT || reason === FALLEN);
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
  preload: (ref, fileSystemId) =>
    onRunning(opened, ref, async ({ options: { host } }, found) => {
      if (!isPlainName(fileSystemId)) return true;
      const place = exportPlace(found.place, fileSystemId);
      const record = await readRecord(ExportRecord, place.record);
      return !record || record.mode === 'off' || preloads.ask({ place, record, host });
    }),
});
