import { stat, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { unlessAbsent } from './files.js';
import type { ExportPlace, ExportRecord } from './records.js';
import { controlLogin, type Listed, listedIn } from './remote-control.js';

const ANSWER_WITHIN_MS = 2_000;
const FILE_WITHIN_MS = 10 * 60_000;
const ABREAST = 4;
/** Some room is left, so that what is read last does not push out what was read first. */
const SHARE = 0.9;

export type Doorstep = { readonly place: ExportPlace; readonly record: ExportRecord; readonly host: string };

export const urlOf = (host: string, port: number, path = ''): string =>
  `http://${host.includes(':') ? `[${host}]` : host}:${port}/${path.split('/').map(encodeURIComponent).join('/')}`;

/** Reads an object through the front door, whose cache keeps it; one that cannot be read now is left out. */
const readThrough = async (
  { place, record, host }: Doorstep,
  path: string,
  over: AbortSignal,
): Promise<void> => {
  try {
    const response = await fetch(urlOf(host, record.port, path), {
      headers: { Authorization: await controlLogin(place) },
      signal: AbortSignal.any([over, AbortSignal.timeout(FILE_WITHIN_MS)]),
    });
    for await (const _chunk of response.body ?? []);
  } catch (cause) {
    if (over.aborted) throw cause;
  }
};

/** All files, directory by directory; undefined in between where the bucket cannot be listed. */
async function* filesOf({ place, record }: Doorstep): AsyncGenerator<Listed | undefined> {
  const directories = [''];
  for (let at = directories.pop(); at !== undefined; at = directories.pop()) {
    const entries = await listedIn(place, record, at);
    if (!entries) return yield undefined;
    directories.push(...entries.filter(({ IsDir }) => IsDir).map(({ Path }) => Path));
    yield* entries.filter(({ IsDir }) => !IsDir);
  }
}

/** The first ones that together fit into the cache. */
async function* fitting(step: Doorstep): AsyncGenerator<Listed | undefined> {
  let room = step.record.cacheBytes * SHARE;
  for await (const file of filesOf(step)) {
    room -= file?.Size ?? 0;
    if (room < 0) return;
    yield file;
  }
}

/** True when all that fits was read; what was read before is read from the disk this time. */
const readAll = async (step: Doorstep, over: AbortSignal): Promise<boolean> => {
  let batch: Promise<void>[] = [];
  for await (const file of fitting(step)) {
    if (!file) return false;
    batch.push(readThrough(step, file.Path, over));
    if (batch.length < ABREAST) continue;
    await Promise.all(batch);
    batch = [];
  }
  await Promise.all(batch);
  await writeFile(step.place.preloaded, '', { mode: 0o600 });
  return true;
};

export type Preloading = {
  /** True: all is read. False: it is being read, as long as this process lives; another begins anew. */
  readonly ask: (step: Doorstep) => Promise<boolean>;
  readonly close: () => Promise<void>;
};

export const preloading = (): Preloading => {
  const over = new AbortController();
  const tasks = new Map<string, Promise<boolean>>();
  const begin = (step: Doorstep): Promise<boolean> => {
    const { directory } = step.place;
    const task = readAll(step, over.signal)
      .catch(() => false)
      .finally(() => tasks.delete(directory));
    tasks.set(directory, task);
    return task;
  };
  return {
    ask: async (step) => {
      if (await unlessAbsent(stat(step.place.preloaded))) return true;
      const task = tasks.get(step.place.directory) ?? begin(step);
      return Promise.race([task, pause(ANSWER_WITHIN_MS, false, { ref: false })]);
    },
    close: async () => {
      over.abort();
      await Promise.all(tasks.values());
    },
  };
};
