import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import type { ExportPlace, ExportRecord } from './records.js';

const PATIENCE_MS = 3_000;
const MAX_LISTING = 64 * 1024 * 1024;
export const CONTROL_USER = 'control';

const Stats = z.object({
  diskCache: z.object({ uploadsQueued: z.number(), uploadsInProgress: z.number() }),
});
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
