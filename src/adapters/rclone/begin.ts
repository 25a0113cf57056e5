import { Result } from 'neverthrow';
import type { Export } from '../../ports/fleet/providers.js';
import { endChild, foundChild } from './child.js';
import { configText, fingerprintOf, remoteOf } from './config-files.js';
import { dirtyOf } from './dirty.js';
import { privateDirectory, readRecord, writeDurably, writeRecord } from './files.js';
import type { Found } from './instance.js';
import type { Keeper } from './keeper.js';
import { makeLogins } from './logins.js';
import { type Ports, takePorts } from './ports.js';
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
  ports: Ports,
): ExportRecord => {
  const { fileSystemId, bucket, prefix, username } = wanted;
  const reach = means.isOk() ? means.value.reach : {};
  return {
    ...{ fileSystemId, bucket, prefix, username, ...ports },
    ...(reach.guarded !== undefined && { endpoint: reach.guarded }),
    fingerprint: fingerprintOf(wanted, reach.guarded),
    ...(wanted.fingerprint !== undefined && { wish: wanted.fingerprint }),
    cacheBytes: spec.cacheBytes,
    mode: 'serve',
    ...(means.isErr() && { refused: means.error }),
  };
};

const isElsewhere = (before: ExportRecord, wanted: Export): boolean =>
  before.bucket !== wanted.bucket || before.prefix !== wanted.prefix;

/**
 * Whether what is there is to give way: never while it holds what belongs into another bucket or what nobody could
 * send, never when it is to end.
 */
const isStale = async (
  place: ExportPlace,
  before: ExportRecord,
  wanted: Export,
  now: ExportRecord,
): Promise<boolean> => {
  if (before.mode === 'off' || before.mode === 'end') return before.mode === 'off';
  if (before.fingerprint === now.fingerprint && before.refused === now.refused) return false;
  const isKept = isElsewhere(before, wanted) || now.refused !== undefined;
  return !isKept || (await dirtyOf(place)) === 0;
};

/** One that is drained goes on being drained, in the new way. */
const modeAfter = (before: ExportRecord | undefined): Pick<ExportRecord, 'mode' | 'windingSince'> => {
  if (before?.mode !== 'drain') return { mode: 'serve' };
  const { mode, windingSince } = before;
  return { mode, ...(windingSince !== undefined && { windingSince }) };
};

/** Serves an export that is not served yet, or is served as it was before: what it holds stays on the disk. Call it under the lock of the instance. */
export const beginExport = async (keeper: Keeper, found: Found, wanted: Export): Promise<void> => {
  const place = exportPlace(found.place, wanted.fileSystemId);
  const before = await readRecord(ExportRecord, place.record);
  const means = meansOf(keeper, wanted);
  const sample = recordOf(found, wanted, means, { port: 0, controlPort: 0 });
  if (before && !(await isStale(place, before, wanted, sample))) return;
  await endChild(place, await foundChild(place));
  keeper.starts.delete(place.directory);
  await privateDirectory(place.directory);
  const held = await keeper.promised(place.directory);
  const record = { ...sample, ...modeAfter(before), ...(await takePorts(keeper.options, held, before)) };
  if (means.isOk()) {
    await writeDurably(place.config, means.value.config);
    await makeLogins(place, wanted, keeper.options.random);
  }
  await writeRecord(place.record, record);
  if (means.isOk()) await startExport(keeper, { place, record }, record.mode === 'drain');
};

/** Names that cannot be those of a directory or a login are a caller's mistake. */
export const isServable = ({ fileSystemId, username }: Export): boolean =>
  isPlainName(fileSystemId) && isOwnUser(username);
