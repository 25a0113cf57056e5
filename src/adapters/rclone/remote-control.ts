import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod';
import type { ExportPlace, ExportRecord } from './records.js';

const PATIENCE_MS = 3_000;
const MAX_LISTING = 64 * 1024 * 1024;
export const CONTROL_USER = 'control';

const Stats = z.object({
  diskCache: z.object({ uploadsQueued: z.number(), uploadsInProgress: z.number() }),
});
const Mounts = z.object({ mountPoints: z.array(z.object({ MountPoint: z.string() })) });
const Done = z.object({ error: z.undefined().optional() });
const Failures = z.object({ errors: z.number(), lastError: z.string().optional() });
const Listing = z.object({
  list: z.array(z.object({ Path: z.string(), Size: z.number(), IsDir: z.boolean() })),
});
export type Listed = z.output<typeof Listing>['list'][number];

/** The name that we have at the doors of a child. */
export const controlLogin = async ({
  controlPassword,
}: Pick<ExportPlace, 'controlPassword'>): Promise<string> =>
  `Basic ${Buffer.from(`${CONTROL_USER}:${await readFile(controlPassword, 'utf8')}`).toString('base64')}`;

type Call = { readonly path: string; readonly patienceMs: number; readonly body: object };

const ask = async <S extends z.ZodType>(
  place: ExportPlace,
  { controlPort }: ExportRecord,
  schema: S,
  { path, patienceMs, body }: Call,
): Promise<z.output<S> | undefined> => {
  try {
    const response = await fetch(`http://127.0.0.1:${controlPort}/${path}`, {
      method: 'POST',
      headers: { Authorization: await controlLogin(place), 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(patienceMs),
    });
    if (Number(response.headers.get('content-length') ?? 0) > MAX_LISTING) {
      await response.body?.cancel();
      return undefined;
    }
    const parsed = schema.safeParse(await response.json());
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined; // not there yet, not there any more, or too busy: one and the same to who asks
  }
};

/** Files that wait to be sent or are being sent; undefined while it does not answer, or has not read its cache yet. */
export const queuedIn = async (place: ExportPlace, record: ExportRecord): Promise<number | undefined> => {
  const stats = await ask(place, record, Stats, { path: 'vfs/stats', patienceMs: PATIENCE_MS, body: {} });
  return stats && stats.diskCache.uploadsQueued + stats.diskCache.uploadsInProgress;
};

/**
 * Why uploads failed since all was home for the last time, as rclone words it; undefined: none did, or it does not
 * answer. `vfs/stats` knows of files that could not be cached only.
 */
export const uploadFailureIn = async (
  place: ExportPlace,
  record: ExportRecord,
): Promise<string | undefined> => {
  const ofCore = (path: string) => ({ path: `core/${path}`, patienceMs: PATIENCE_MS, body: {} });
  const failures = await ask(place, record, Failures, ofCore('stats'));
  if (!failures || failures.errors === 0) return undefined;
  const queued = await queuedIn(place, record);
  if (queued === 0) await ask(place, record, Done, ofCore('stats-reset'));
  return queued ? (failures.lastError ?? '') : undefined;
};

/** What the bucket holds in one directory, below what is shown; undefined where that cannot be had. */
export const listedIn = async (
  place: ExportPlace,
  record: ExportRecord,
  directory: string,
): Promise<readonly Listed[] | undefined> => {
  const body = {
    fs: `store:${record.bucket}/${record.prefix}`,
    remote: directory,
    opt: { noModTime: true, noMimeType: true },
  };
  const call = { path: 'operations/list', patienceMs: 10 * PATIENCE_MS, body };
  return (await ask(place, record, Listing, call))?.list;
};

const MOUNT_WITHIN_MS = 3_000;
const POLL_MS = 50;

/**
 * Has the process mount what it serves, in its own mounts. It is one cache with one queue that both ways share: rclone
 * uses it again for the same objects with the same options, which are those of its arguments. False: not now.
 */
export const mountHere = async (place: ExportPlace, record: ExportRecord): Promise<boolean> => {
  const { mount } = place.nfs;
  const listing = { path: 'mount/listmounts', patienceMs: PATIENCE_MS, body: {} };
  let mounts = await ask(place, record, Mounts, listing);
  for (const end = performance.now() + MOUNT_WITHIN_MS; !mounts && performance.now() < end; ) {
    await pause(POLL_MS);
    mounts = await ask(place, record, Mounts, listing);
  }
  if (!mounts) return false;
  if (mounts.mountPoints.some(({ MountPoint }) => MountPoint === mount)) return true;
  const body = {
    fs: `store:${record.bucket}/${record.prefix}`,
    mountPoint: mount,
    mountType: 'mount',
    mountOpt: { DeviceName: 'store' },
  };
  return (
    (await ask(place, record, Done, { path: 'mount/mount', patienceMs: 2 * PATIENCE_MS, body })) !== undefined
  );
};
