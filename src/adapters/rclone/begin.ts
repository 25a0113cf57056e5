import { Result } from 'neverthrow';
import type { Export } from '../../ports/fleet/providers.js';
import { endChild, foundChild } from './child.js';
import { configText, fingerprintOf, remoteOf } from './config-files.js';
import { dirtyOf } from './dirty.js';
import { privateDirectory, readRecord, writeDurably, writeRecord } from './files.js';
import type { Found } from './instance.js';
import type { Keeper } from './keeper.js';
import { makeLogins } from './logins.js';
import { takePort } from './ports.js';
import { type Reach, reachOf } from './reach.js';
import { type ExportPlace, ExportRecord, exportPlace, isPlainName } from './records.js';
import { startExport } from './settle.js';

type Means = { readonly reach: Reach; readonly config: string };

/** How it is to be served, or why it cannot be. */
const meansOf = ({ options }: Keeper, wanted: Export): Result<Means, string> => {
  const said = ({ what }: { readonly what: string }) => `${what} cannot be handed to rclone`;
  return reachOf(wanted.address, options)
    .mapErr(({ reason }) => reason)
    .andThen((reach) =>
      Result.combine([configText(wanted.address, reach.dialled), remoteOf(wanted)])
        .mapErr(said)
        .map(([config = '']) => ({ reach, config })),
    );
};

const isOwnUser = (username: string): boolean => !/[:\n\r]/.test(username) && username !== '';

const recordOf = (
  { spec }: Found,
  wanted: Export,
  means: Result<Means, string>,
  ports: Pick<ExportRecord, 'port' | 'controlPort'>,
): ExportRecord => {
  const { fileSystemId, bucket, prefix, username } = wanted;
  const reach = means.isOk() ? means.value.reach : {};
  return {
    ...{ fileSystemId, bucket, prefix, username, ...ports },
    ...(reach.guarded !== undefined && { endpoint: reach.guarded }),
    fingerprint: fingerprintOf(wanted, reach.guarded),
    cacheBytes: spec.cacheBytes,
    mode: 'serve',
    ...(means.isErr() && { refused: means.error }),
  };
};

/** The ports it had are kept where they are free. */
const portsFor = async (
  { options, promised }: Keeper,
  place: ExportPlace,
  before: ExportRecord | undefined,
) => {
  const held = await promised(place.directory);
  const port = await takePort(options.ports, options.host, held, before?.port);
  const controlPort = await takePort(options.ports, '127.0.0.1', held.add(port), before?.controlPort);
  return { port, controlPort };
};

const isElsewhere = (before: ExportRecord, wanted: Export): boolean =>
  before.bucket !== wanted.bucket || before.prefix !== wanted.prefix;

/** Whether what is there is to give way: never while it holds what belongs into another bucket, never on its way down. */
const isStale = async (
  place: ExportPlace,
  before: ExportRecord,
  wanted: Export,
  now: ExportRecord,
): Promise<boolean> => {
  if (before.mode !== 'serve') return before.mode === 'off';
  if (before.fingerprint === now.fingerprint && before.refused === now.refused) return false;
  return !isElsewhere(before, wanted) || (await dirtyOf(place)) === 0;
};

/** Serves an export that is not served yet, or is served as it was before. Call it under the lock of the instance. */
export const beginExport = async (keeper: Keeper, found: Found, wanted: Export): Promise<void> => {
  const place = exportPlace(found.place, wanted.fileSystemId);
  const before = await readRecord(ExportRecord, place.record);
  const means = meansOf(keeper, wanted);
  const sample = recordOf(found, wanted, means, { port: 0, controlPort: 0 });
  if (before && !(await isStale(place, before, wanted, sample))) return;
  const child = await foundChild(place);
  if (child) await endChild(place, child);
  keeper.starts.delete(place.directory);
  await privateDirectory(place.directory);
  const record = { ...sample, ...(await portsFor(keeper, place, before)) };
  if (means.isOk()) {
    await writeDurably(place.config, means.value.config);
    await makeLogins(place, wanted, keeper.options.random);
  }
  await writeRecord(place.record, record);
  if (means.isOk()) await startExport(keeper, { place, record }, false);
};

/** Names that cannot be those of a directory or a login are a caller's mistake. */
export const isServable = ({ fileSystemId, username }: Export): boolean =>
  isPlainName(fileSystemId) && isOwnUser(username);
